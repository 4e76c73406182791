package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/memkit-go/memkit/hil/recording"
)

//go:embed rig.tmpl
var rigSource string

var rigTemplate = template.Must(template.New("rig").Funcs(template.FuncMap{"badge": newBadge}).Parse(rigSource))

// RigPage is a page of a rig's scenarios: verdicts and plots.
type RigPage struct {
	Title, Sentence string
	// Passed is the page's own verdict.
	Passed   bool
	Terms    []RigTerm
	Verdicts []RigVerdict
	Figures  []RigFigure
}

// RigTerm is one line of a definition list.
type RigTerm struct{ Name, Value string }

// RigVerdict is a verdict of a scenario, and the one that was expected.
type RigVerdict struct {
	Scenario, Requirement, Name string
	Outcome, Expected, Why      string
}

// RigFigure is a scenario's recording.
type RigFigure struct {
	Title, Words string
	// Recording may be nil. Signals share a drawing, and More have one below.
	Recording     *recording.Recording
	Signals, More []string
	Events        []string
}

// Rig writes the page: no script, no network.
func Rig(w io.Writer, p RigPage) error {
	view := rigView{RigPage: p, Verdict: newBadge("FAIL"), Style: template.CSS(figureStyle + pageStyle)}
	if p.Passed {
		view.Verdict = newBadge("PASS")
	}
	for _, f := range p.Figures {
		drawn := rigDrawing{RigFigure: f}
		for _, signals := range [][]string{f.Signals, f.More} {
			if f.Recording == nil || len(signals) == 0 {
				continue
			}
			var b bytes.Buffer
			if err := f.Recording.WriteSVG(&b, signals...); err != nil {
				return fmt.Errorf("report: %w", err)
			}
			drawn.SVG = append(drawn.SVG, template.HTML(b.String()))
		}
		view.Drawings = append(view.Drawings, drawn)
	}
	var out bytes.Buffer
	if err := rigTemplate.Execute(&out, view); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// rigView is what the template shows.
type rigView struct {
	RigPage
	Verdict  badge
	Style    template.CSS
	Drawings []rigDrawing
}

type rigDrawing struct {
	RigFigure
	SVG []template.HTML
}
