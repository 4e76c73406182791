package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/rt/record"
)

//go:embed page.tmpl
var pageSource string

//go:embed page.css
var pageStyle string

//go:embed figure.css
var figureStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// HTML writes the whole report as one page: no script, no network, under 1.5 MB
// for twenty benchmarks however many samples they have. Samples come from the
// certificate's populations or, where those are empty, from run, which may be
// nil. Errors are the writer's.
func HTML(w io.Writer, c *certificate.Certificate, run *record.Run, more ...Supplement) error {
	// The page is built whole before its first byte is written: an error must
	// not leave half a report behind.
	var out bytes.Buffer
	p := newPage(c, run)
	for _, s := range more {
		if s.recordings != nil {
			p.Listen = newListening(s)
			continue
		}
		p.Supplements = append(p.Supplements, panel{Title: s.Title, SVG: s.figure.svg(s.alt), Caption: template.HTML(template.HTMLEscapeString(s.Caption))})
	}
	if err := pageTemplate.Execute(&out, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// page is what the template shows. Every number is a finished string.
type page struct {
	Style    template.CSS
	Verdict  badge
	Sentence string
	// Listen is nil where there is nothing to hear.
	Listen      *listening
	Conditions  []term
	Environment []term
	Steal       template.HTML
	// Gate is nil where it was not tested, Attempts empty where nothing was required
	// of the conditions.
	Gate     *gate
	Attempts []string
	Rows     []summary
	Sections []section
	// Supplements come after the summary.
	Supplements []panel
}

// term is one line of a definition list.
type term struct{ Name, Value string }

func newPage(c *certificate.Certificate, run *record.Run) *page {
	p := &page{
		Style:       template.CSS(figureStyle + pageStyle),
		Verdict:     newBadge(string(c.Verdict)),
		Environment: terms(c.Env),
	}
	p.Environment = append(p.Environment, term{"rtbench", c.Version}, term{"run file", c.Digest})
	rows := make([]row, len(c.Benches))
	anchors := newAnchors()
	for i := range c.Benches {
		rows[i] = newRow(&c.Benches[i])
		s := newSection(rows[i], newBench(&c.Benches[i], run))
		s.Anchor = anchors.unique(c.Benches[i].Name)
		if slices.Contains(c.Unmatched, c.Benches[i].Name) {
			s.Why = append(s.Why, noProfile)
			if len(s.Checks) > 0 { // which stand in place of the reasons
				s.Notes = append(s.Notes, noProfile)
			}
		}
		p.Rows = append(p.Rows, s.summary)
		p.Sections = append(p.Sections, s)
	}
	p.Sentence = sentence(rows, c.Unmatched)
	p.Conditions = conditions(c, rows)
	p.Gate, p.Attempts = newGate(c.SelfTest), attempts(c.Attempts)
	if run != nil {
		p.Steal = stealFigure(run.Interference)
	}
	return p
}

// conditions are what the figures hold for; the rest of the environment
// follows at the end of the page.
func conditions(c *certificate.Certificate, rows []row) []term {
	total, processes := 0, 0
	for _, r := range rows {
		if a := r.bench.Analysis; a != nil {
			total += a.N
			processes = max(processes, a.Processes)
		}
	}
	out := []term{{"Measured", c.Created}, {"Incomplete", c.Incomplete}}
	for _, k := range conditionKeys {
		if v := c.Env[k.key]; v != "" && v != "unknown" {
			out = append(out, term{k.name, v})
		}
	}
	out = append(out,
		term{"Samples", fmt.Sprintf("%s, %s a benchmark", count(total), plural(processes, "fresh process"))},
		term{"Loop mode", modes(c)},
		term{"Profile", c.Profile},
		term{"Command", strings.Join(c.Command, " ")},
	)
	return slices.DeleteFunc(out, func(t term) bool { return t.Value == "" })
}

// policies say what a granted mode means to the kernel.
var policies = map[string]string{
	"strict":      "strict (SCHED_FIFO)",
	"cooperative": "cooperative (SCHED_FIFO)",
	"portable":    "portable (no real-time priority)",
}

// modes lists what the loops were granted, more than one where processes differ;
// empty without loops.
func modes(c *certificate.Certificate) string {
	granted := map[string]bool{}
	for i := range c.Benches {
		if a := c.Benches[i].Analysis; a != nil {
			for fact, n := range a.Facts {
				if mode, ok := strings.CutPrefix(fact, "mode_"); ok && n > 0 {
					granted[cmp.Or(policies[mode], mode)] = true
				}
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(granted)), ", ")
}

// conditionKeys are the parts of the fingerprint that belong next to every
// figure, in reading order.
var conditionKeys = []struct{ key, name string }{
	{"cpu.model", "CPU"},
	{"cpu.online", "CPUs"},
	{"hypervisor", "Hypervisor"},
	{"kernel.release", "Kernel"},
	{"kernel.preempt", "Preemption"},
	{"rights", "Rights"},
	{"go", "Go"},
}

func terms(m map[string]string) (out []term) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, term{k, m[k]})
	}
	return out
}
