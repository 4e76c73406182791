package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/history"
	"github.com/memkit-go/memkit/internal/svg"
)

//go:embed history.tmpl
var historySource string

var historyTemplate = template.Must(template.New("history").Parse(historySource))

// HistoryIndex is the name of the page that [HistoryPages] writes of all benchmarks.
const HistoryIndex = "index.html"

// HistoryPages writes a page of all benchmarks and one of each, without scripts or
// network: write is called with each one's name and content.
func HistoryPages(h *history.History, benches []*history.Bench, write func(name string, page func(io.Writer) error) error) error {
	names := historyNames(benches)
	all := historyPage{Title: "Latency history", Conditions: historyConditions(h)}
	total := 0
	for i, b := range benches {
		all.Rows = append(all.Rows, newHistoryRow(b, names[i]))
		total += len(b.Changes)
	}
	all.Sentence = fmt.Sprintf("%s in %s of %s.", plural(total, "change"), plural(len(benches), "benchmark"), plural(len(h.Points), "certificate"))
	if err := write(HistoryIndex, all.write); err != nil {
		return err
	}
	for i, b := range benches {
		p := historyPage{Title: b.Name, Conditions: historyConditions(h), Index: true}
		p.Sentence = "No change."
		if n := len(b.Changes); n > 0 {
			p.Sentence = fmt.Sprintf("%s, the last at %s.", plural(n, "change"), shortCommit(b.Changes[n-1].Commit))
		}
		for _, c := range slices.Backward(b.Changes) {
			p.Changes = append(p.Changes, newHistoryChange(b, c))
		}
		for _, f := range b.Figures {
			p.Figures = append(p.Figures, historyPanel(h, b, f))
		}
		if err := write(names[i], p.write); err != nil {
			return err
		}
	}
	return nil
}

// historyNames are the files of the benchmarks' pages, each once.
func historyNames(benches []*history.Bench) (names []string) {
	taken := map[string]bool{HistoryIndex: true}
	for _, b := range benches {
		stem := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
				return r
			}
			return '_'
		}, b.Name)
		if stem = strings.TrimLeft(stem, "."); stem == "" {
			stem = "_"
		}
		name := stem + ".html"
		for i := 2; taken[strings.ToLower(name)]; i++ {
			name = fmt.Sprintf("%s-%d.html", stem, i)
		}
		taken[strings.ToLower(name)] = true
		names = append(names, name)
	}
	return names
}

// historyPage is what the template shows.
type historyPage struct {
	Title, Sentence string
	Conditions      []term
	Rows            []historyRow
	// Index links to the page of all benchmarks.
	Index   bool
	Changes []historyChange
	Figures []panel
}

func (p historyPage) Style() template.CSS { return template.CSS(figureStyle + pageStyle) }

// Least is how many points a level has at least.
func (p historyPage) Least() int { return history.Segment - 1 }

func (p historyPage) write(w io.Writer) error {
	var out bytes.Buffer
	if err := historyTemplate.Execute(&out, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func historyConditions(h *history.History) []term {
	first, last := h.Points[0], h.Points[len(h.Points)-1]
	machines := map[string]bool{}
	for _, p := range h.Points {
		machines[p.Machine] = true
	}
	return []term{
		{"First", shortCommit(first.Commit) + ", " + minute(first.Created)},
		{"Last", shortCommit(last.Commit) + ", " + minute(last.Created)},
		{"Machines", fmt.Sprint(len(machines))},
		{"Machine of the last", last.Machine},
	}
}

// historyRow is one benchmark in the table of all.
type historyRow struct {
	Name, Page        string
	N, P50, P99, Mean string
	Changes           string
	Latest            []string
}

func newHistoryRow(b *history.Bench, page string) historyRow {
	r := historyRow{Name: b.Name, Page: url.PathEscape(page), P50: dash, P99: dash, Mean: dash, Changes: count(len(b.Changes))}
	most := 0
	for _, f := range b.Figures {
		most = max(most, f.N)
		switch v := quantity(f.Last, b.Unit, nearest); f.Metric {
		case "p50":
			r.P50 = v
		case "p99":
			r.P99 = v
		case "mean":
			r.Mean = v
		}
	}
	r.N = count(most)
	if n := len(b.Changes); n > 0 {
		c := newHistoryChange(b, b.Changes[n-1])
		r.Latest = []string{fmt.Sprintf("%s: %s %s %s (%s)", c.Commit, c.Metric, c.Sign, c.Effect, c.Interval)}
	}
	return r
}

// historyChange is one change in words.
type historyChange struct {
	Commit, Created, Metric, Before, After string
	// Sign tells the direction without a colour.
	Sign, Effect, Interval string
	Notes                  []string
}

func newHistoryChange(b *history.Bench, c history.BenchStep) historyChange {
	h := historyChange{
		Commit: shortCommit(c.Commit), Created: minute(c.Created), Metric: c.Metric,
		Before: quantity(c.Before, b.Unit, nearest), After: quantity(c.After, b.Unit, nearest),
		Sign: "▲", Effect: percent(c.Effect), Interval: percent(c.CI[0]) + " to " + percent(c.CI[1]),
	}
	if c.Effect < 0 {
		h.Sign = "▼"
	}
	if len(c.Also) > 0 {
		h.Notes = append(h.Notes, "together with "+strings.Join(c.Also, ", "))
	}
	if c.Machine != "" {
		h.Notes = append(h.Notes, "the machine changed too: "+c.Machine)
	}
	return h
}

// percent is a change with its sign.
func percent(v float64) string {
	digits := 1
	if math.Abs(v) < .02 {
		digits = 2
	}
	return strings.Replace(fmt.Sprintf("%+.*f %%", digits, 100*v), "-", "−", 1)
}

// shortCommit abbreviates a hash.
func shortCommit(c string) string {
	const length = 10
	if len(c) >= 40 && strings.Trim(c, "0123456789abcdef") == "" {
		return c[:length]
	}
	return c
}

// minute is a time of measuring without its seconds.
func minute(created string) string {
	t, err := time.Parse(time.RFC3339, created)
	if err != nil {
		return created
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// historyDots is up to how many points each has a dot; more are summed up in columns.
const historyDots = 300

// historyPanel draws one metric over the commits.
func historyPanel(h *history.History, b *history.Bench, f *history.Figure) panel {
	fig := newFigure("of an operation", "certificate")
	fig.X.Min, fig.X.Max, fig.X.Tick.Marker = 0, math.Max(float64(len(h.Points)), 2), evenTicks{}
	low, high := math.Inf(1), math.Inf(-1)
	var dots []point
	for i, v := range f.Values {
		low, high = math.Min(low, v.V), math.Max(high, v.V)
		dots = append(dots, point{float64(f.At[i]) + .5, v.V})
	}
	room := math.Max(high-low, .02*high) * .12
	fig.Y.Min, fig.Y.Max, fig.Y.Tick.Marker = math.Max(0, low-room), high+room, evenTicks{b.Unit}
	fig.Add(layer(func(s surface) {
		if len(dots) <= historyDots {
			s.dots(svg.Style{Class: "dot"}, dots)
		} else {
			s.segments(svg.Style{Class: "range"}, extremes(dots))
		}
		from := 0
		for i := 0; i <= len(f.Found); i++ {
			to := len(f.Values)
			if i < len(f.Found) {
				to = f.Found[i].At
			}
			level := levelOf(f, i)
			if to > from && level > 0 {
				s.line(svg.Style{Class: "fit"}, point{float64(f.At[from]), level}, point{float64(f.At[to-1]) + 1, level})
			}
			from = to
		}
		for i, c := range f.Found {
			at := float64(f.At[c.At])
			s.line(svg.Style{Class: "budget"}, point{at, fig.Y.Min}, point{at, fig.Y.Max})
			if len(f.Found)-i <= 3 { // more would lie on each other
				align, dx := draw.XLeft, 3.0
				if at > (fig.X.Min+fig.X.Max)/2 {
					align, dx = draw.XRight, -3.0
				}
				s.text("budgetname", point{at, fig.Y.Max}, vg.Length(dx), vg.Length(-6-12*((len(f.Found)-1-i)%3)), align, percent(c.Effect))
			}
		}
	}))
	caption := fmt.Sprintf("%s; last %s", plural(f.N, "value"), quantity(f.Last, b.Unit, nearest))
	if f.LastUpper != nil {
		caption += fmt.Sprintf(", at most %s with its confidence", quantity(*f.LastUpper, b.Unit, upward))
	}
	if n := len(f.Found); n > 0 {
		caption += fmt.Sprintf("; %s (red), dashed the levels between them", plural(n, "change"))
	}
	if len(dots) > historyDots {
		caption += "; least and greatest value of each column"
	}
	return panel{Title: f.Metric, SVG: fig.svg(fmt.Sprintf("%s of %s over %s, %s", f.Metric, b.Name, plural(f.N, "certificate"), plural(len(f.Found), "change"))), Caption: template.HTML(template.HTMLEscapeString(caption + "."))}
}

// levelOf is the level of stretch i of a figure.
func levelOf(f *history.Figure, i int) float64 {
	switch {
	case len(f.Found) == 0:
		return 0
	case i < len(f.Found):
		return f.Found[i].Before
	}
	return f.Found[i-1].After
}

// extremes are the least and the greatest of each column, as pairs of points.
func extremes(dots []point) (pairs []point) {
	size := (len(dots) + columns - 1) / columns
	for i := 0; i < len(dots); i += size {
		part := dots[i:min(i+size, len(dots))]
		low, high := part[0], part[0]
		for _, p := range part {
			if p.y < low.y {
				low = p
			}
			if p.y > high.y {
				high = p
			}
		}
		x := part[len(part)/2].x
		pairs = append(pairs, point{x, low.y}, point{x, high.y})
	}
	return pairs
}
