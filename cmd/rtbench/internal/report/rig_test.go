package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/hil/recording"
)

// A page of a rig is well-formed, whatever its texts hold, and draws the recordings.
func TestRigPage(t *testing.T) {
	r := recording.New(recording.Config{Name: "x", Rate: 10, Keep: 10, Signals: []recording.Signal{{Name: "<y>", Unit: "m&m"}, {Name: "u", Unit: "V"}}})
	for i := range 10 {
		r.Row()[0] = float64(i)
	}
	p := RigPage{
		Title: "<title>", Sentence: "a & b", Passed: true,
		Terms:    []RigTerm{{"<t>", "<v>"}},
		Verdicts: []RigVerdict{{Scenario: "<s>", Requirement: "R-1", Name: "n", Outcome: "FAIL", Expected: "FAIL", Why: "<why>"}},
		Figures: []RigFigure{
			{Title: "drawn", Recording: r, Signals: []string{"<y>"}, More: []string{"u"}, Events: []string{"step 1: <e>"}},
			{Title: "not drawn"},
		},
	}
	var out bytes.Buffer
	if err := Rig(&out, p); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(out.String()))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	count := map[string]int{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			count[e.Name.Local]++
		}
	}
	if count["svg"] != 2 || count["y"]+count["s"]+count["e"]+count["why"]+count["v"] != 0 || !strings.Contains(out.String(), "nothing was recorded") || !strings.Contains(out.String(), "badge pass") {
		t.Errorf("%v\n%s", count, out.String())
	}
	p.Passed = false
	out.Reset()
	if err := Rig(&out, p); err != nil || !strings.Contains(out.String(), `headline"><span class="badge fail`) {
		t.Error(err)
	}
	p.Figures[0].Signals = []string{"none"}
	if err := Rig(&out, p); err == nil {
		t.Error("an unknown signal is drawn")
	}
}
