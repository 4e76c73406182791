package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/memkit-go/memkit/lens/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const source = "package synth\n\nfunc (d *Delay) mix(block []float32) {\n\tnext := append([]float32(nil), block...)\n\tαβ := 1; d.buf = make([]float32, αβ)\x1b[2J\n}\n"

func sample() *report.Report {
	return &report.Report{
		Findings: []report.Finding{
			{
				Code: "ML601", Severity: report.SeverityError, Pos: "/src/synth/delay.go:4:10", Func: "synth.Delay.Process",
				Message: "append allocates when the capacity is used up", Evidence: []string{report.Source, report.Binary},
				Chain: []report.Step{{Func: "synth.Delay.mix", Pos: "/src/synth/delay.go:30:4"}, {Func: "other.Copy", Pos: "/mod/other/copy.go:7"}},
				Fix:   &report.Fix{Message: "allocate once", Edits: []report.Edit{{File: "/src/synth/delay.go", Start: 10, End: 12, New: "x"}}},
			},
			{Code: "ML610", Severity: report.SeverityWarning, Pos: "/src/synth/delay.go:5:20", Func: "synth.F", Message: "100% dynamic,\ncall"},
			{Code: "ML603", Severity: report.SeverityError, Pos: "/src/gone.go:3:1", Func: "synth.G", Message: "lock"},
		},
		Hints:   []report.Finding{{Code: "ML609", Severity: report.SeverityHint, Pos: "/src/synth/delay.go:99:1", Func: "synth.F", Message: "panics"}},
		Allowed: []report.Finding{{Code: "ML602", Severity: report.SeverityError, Pos: "/src/synth/delay.go:4", Func: "synth.F", Message: "waits", Reason: "once"}},
		Errors:  []report.Error{{Pos: "/src/synth/broken.go:2:1", Message: "undefined: x"}, {Message: "no package matches ./nothing"}},
	}
}

func page(b *bytes.Buffer) Page {
	return Page{W: b, Dir: "/src", ReadFile: func(name string) ([]byte, error) {
		if filepath.ToSlash(name) == "/src/synth/delay.go" {
			return []byte(source), nil
		}
		return nil, errors.New("gone")
	}}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run with -update after reading):\n%s", name, got)
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	if err := page(&b).Text(sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.txt", b.Bytes())
	if bytes.ContainsRune(b.Bytes(), '\x1b') {
		t.Error("an escape sequence of the source reaches the terminal")
	}
	b.Reset()
	p := page(&b)
	p.Colour = true
	if err := p.Text(sample()); err != nil || !strings.Contains(b.String(), "\x1b[1;31merror\x1b[0m ML601") {
		t.Errorf("no colour: %v", err)
	}
}

func TestTextOfCleanReport(t *testing.T) {
	var b bytes.Buffer
	if err := page(&b).Text(&report.Report{Allowed: make([]report.Finding, 3), Checked: 2}); err != nil || b.String() != "no findings in 2 functions, 3 allowed\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
	b.Reset()
	if err := page(&b).Text(&report.Report{Errors: []report.Error{{Message: "x"}}}); err != nil || strings.Contains(b.String(), "no findings") {
		t.Errorf("an error looks clean: %q, %v", b.String(), err)
	}
}

func TestGitHub(t *testing.T) {
	var b bytes.Buffer
	if err := page(&b).GitHub(sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.github", b.Bytes())
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := page(&b).JSON(&report.Report{}); err != nil || b.String() != `{"findings":[],"hints":[],"allowed":[],"errors":[],"checked":0}`+"\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// TestSARIF holds the output to the schema of SARIF 2.1.0 and to what readers of it
// need: rules, levels, places, flows, suppressions and an unsuccessful invocation.
func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	if err := page(&b).SARIF(sample(), "v1"); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.sarif", b.Bytes())
	doc, err := sarif.FromBytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(); err != nil {
		t.Error(err)
	}
	run := doc.Runs[0]
	if *run.Tool.Driver.Name != "memlense" || len(run.Tool.Driver.Rules) != len(report.Codes()) || len(run.Results) != 5 {
		t.Fatalf("driver %v, %d rules, %d results", *run.Tool.Driver.Name, len(run.Tool.Driver.Rules), len(run.Results))
	}
	first := run.Results[0]
	at := first.Locations[0].PhysicalLocation
	if *first.RuleID != "ML601" || first.Level != "error" || *at.ArtifactLocation.URI != "synth/delay.go" || *at.Region.StartLine != 4 || *at.Region.StartColumn != 10 {
		t.Errorf("result %v at %v", *first.RuleID, *at.ArtifactLocation.URI)
	}
	if steps := first.CodeFlows[0].ThreadFlows[0].Locations; len(steps) != 3 || *steps[1].Location.PhysicalLocation.ArtifactLocation.URI != "file:///mod/other/copy.go" {
		t.Errorf("%d steps", len(steps))
	}
	for i, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID == nil || *run.Tool.Driver.Rules[r.RuleIndex].ID != *r.RuleID {
			t.Errorf("result %d: rule index %d is not %s", i, r.RuleIndex, *r.RuleID)
		}
	}
	if s := run.Results[4].Suppressions; len(s) != 1 || *s[0].Justification != "once" || run.Results[3].Level != "note" {
		t.Error("an allowed finding is not suppressed, or a hint is no note")
	}
	if *run.Invocations[0].ExecutionSuccessful || len(run.Invocations[0].ToolExecutionNotifications) != 2 {
		t.Error("errors do not make the invocation unsuccessful")
	}
}

func TestSARIFOfEmptyReport(t *testing.T) {
	var b bytes.Buffer
	if err := page(&b).SARIF(&report.Report{}, "v1"); err != nil {
		t.Fatal(err)
	}
	doc, err := sarif.FromBytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(); err != nil {
		t.Error(err)
	}
	var raw struct{ Runs []struct{ Results []any } }
	if err := json.Unmarshal(b.Bytes(), &raw); err != nil || raw.Runs[0].Results == nil {
		t.Errorf("results are not an array: %v", err)
	}
}

// TestUTF16Column counts what SARIF counts: é is one unit of two bytes, 𝄞 two of four.
func TestUTF16Column(t *testing.T) {
	s := newSources(func(string) ([]byte, error) { return []byte("a\n\té𝄞x\r\n"), nil })
	for _, c := range [][2]int{{1, 1}, {2, 2}, {4, 3}, {8, 5}, {9, 6}, {10, 10}, {0, 0}} {
		if got := s.utf16Column(report.Place{File: "f.go", Line: 2, Column: c[0]}); got != c[1] {
			t.Errorf("byte %d: unit %d, not %d", c[0], got, c[1])
		}
	}
	if got := s.utf16Column(report.Place{File: "f.go", Line: 9, Column: 7}); got != 7 {
		t.Errorf("a line that is not there: column %d", got)
	}
}
