package recording

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/memkit-go/memkit/internal/svg"
)

// The size of a drawing, in units of a page.
const (
	figureWidth  = 760
	figureHeight = 260
	// mostPoints of a line are drawn, two a column: more are not seen.
	mostPoints = 2 * figureWidth
)

// styleSheet is for light and dark paper.
const styleSheet = `
.hil { --ink: #1b1e23; --soft: #5a6270; --rule: #dfe2e7; --a: #2a62a8; --b: #a8321f; --c: #2e7d4f; --d: #8a5a00; --e: #6b3fa0; max-width: 100%; height: auto }
@media (prefers-color-scheme: dark) { .hil { --ink: #e4e7eb; --soft: #9aa3b0; --rule: #32373f; --a: #7fb2ef; --b: #f08a78; --c: #7fcf9f; --d: #e0a84a; --e: #c0a0f0 } }
.hil text { font: 11px Arial, "Liberation Sans", Helvetica, sans-serif; fill: var(--soft) }
.hil path { fill: none; stroke-linejoin: round; stroke-width: 1.4 }
.hil .axis { stroke: var(--soft); stroke-width: .75 } .hil .grid { stroke: var(--rule); stroke-width: .75 }
.hil .fault { fill: var(--b); fill-opacity: .1; stroke: none } .hil .note { fill: var(--b) }
.hil .line0 { stroke: var(--a) } .hil .line1 { stroke: var(--b); stroke-dasharray: 6 3 } .hil .line2 { stroke: var(--c); stroke-dasharray: 2 2 } .hil .line3 { stroke: var(--d); stroke-dasharray: 9 2 2 2 } .hil .line4 { stroke: var(--e) }
.hil .name0 { fill: var(--a) } .hil .name1 { fill: var(--b) } .hil .name2 { fill: var(--c) } .hil .name3 { fill: var(--d) } .hil .name4 { fill: var(--e) }
`

const lineStyles = 5

// drawing is a plot of signals in the making.
type drawing struct {
	plot        *plot.Plot
	face        font.Font
	units       []string
	lines       []plot.Plotter
	first, last float64 // seconds
	lo, hi      float64
}

// WriteSVG draws signals over time as one SVG document, which reads on light and dark
// paper and may stand in an HTML page. The times at which faults were active are shaded.
func (r *Recording) WriteSVG(w io.Writer, names ...string) error {
	d := r.newDrawing()
	for i, name := range names {
		if err := r.addSignal(d, name, i%lineStyles); err != nil {
			return err
		}
	}
	d.setRange()
	d.addGrid()
	for _, f := range r.faultTimes() {
		d.shade(r.seconds(f[0]), r.seconds(f[1]))
	}
	d.plot.Add(d.lines...)
	body, err := d.render(names)
	if err != nil {
		return fmt.Errorf("recording: SVG: %w", err)
	}
	_, err = fmt.Fprintf(w, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"hil\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"%s\"><style>%s</style>\n%s</svg>\n",
		figureWidth, figureHeight, figureWidth, figureHeight, html.EscapeString(strings.Join(names, ", ")+" over time"), styleSheet, body)
	if err != nil {
		return fmt.Errorf("recording: SVG: %w", err)
	}
	return nil
}

func (r *Recording) newDrawing() *drawing {
	p := plot.New()
	p.BackgroundColor = nil
	face := font.Font{Typeface: "Liberation", Variant: "Sans", Size: 11}
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		a.Color, a.Tick.Color = svg.Style{Class: "axis"}, svg.Style{Class: "axis"}
		a.Tick.Label.Font = face
	}
	p.X.Tick.Label.Color, p.Y.Tick.Label.Color = svg.Style{Anchor: svg.Middle}, svg.Style{Anchor: svg.End}
	return &drawing{
		plot: p, face: face,
		first: r.seconds(r.First()), last: r.seconds(r.First() + int64(max(1, r.Len()))),
		lo: math.Inf(1), hi: math.Inf(-1),
	}
}

// addSignal adds the lines of a signal, a line for each stretch without gaps.
func (r *Recording) addSignal(d *drawing, name string, style int) error {
	column := slices.IndexFunc(r.c.Signals, func(s Signal) bool { return s.Name == name })
	if column < 0 {
		return fmt.Errorf("recording: SVG: unknown signal %q", name)
	}
	if unit := r.c.Signals[column].Unit; !slices.Contains(d.units, unit) {
		d.units = append(d.units, unit)
	}
	points := r.points(column)
	for _, xy := range points {
		if xy.Y-xy.Y == 0 {
			d.lo, d.hi = min(d.lo, xy.Y), max(d.hi, xy.Y)
		}
	}
	for piece := range pieces(points) {
		line, err := plotter.NewLine(piece)
		if err != nil {
			return fmt.Errorf("recording: SVG: %w", err)
		}
		line.Color = svg.Style{Class: fmt.Sprintf("line%d", style)}
		d.lines = append(d.lines, line)
	}
	return nil
}

// setRange leaves room above and below the values; without a value it is 0 to 1.
func (d *drawing) setRange() {
	if d.lo > d.hi {
		d.lo, d.hi = 0, 1
	}
	pad := (d.hi - d.lo) / 20
	if !(pad > 0 && pad < math.MaxFloat64/40 && pad > math.Abs(d.hi)*1e-12) {
		d.lo, d.hi = max(d.lo, -1e300), min(d.hi, 1e300)
		pad = max(1, math.Abs(d.hi)*1e-9)
	}
	d.lo, d.hi = d.lo-pad, d.hi+pad
	p := d.plot
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = d.first, d.last, d.lo, d.hi
	p.Y.Width, p.Y.Tick.Length = 0, 0
}

// addGrid adds a horizontal line at each labelled value.
func (d *drawing) addGrid() {
	for _, t := range d.plot.Y.Tick.Marker.Ticks(d.lo, d.hi) {
		if line, err := plotter.NewLine(plotter.XYs{{X: d.first, Y: t.Value}, {X: d.last, Y: t.Value}}); !t.IsMinor() && err == nil {
			line.Color = svg.Style{Class: "grid"}
			d.plot.Add(line)
		}
	}
}

// shade marks a time at which a fault was active.
func (d *drawing) shade(from, to float64) {
	from, to = max(d.first, from), min(d.last, to)
	if area, err := plotter.NewPolygon(plotter.XYs{{X: from, Y: d.lo}, {X: to, Y: d.lo}, {X: to, Y: d.hi}, {X: from, Y: d.hi}}); from < to && err == nil {
		area.Color, area.Width = svg.Style{Class: "fault"}, 0
		d.plot.Add(area)
	}
}

// render is the drawing below a line with the signals' names and units.
func (d *drawing) render(names []string) ([]byte, error) {
	canvas := svg.New(figureWidth, figureHeight)
	c := draw.New(canvas)
	x := c.Min.X
	style := draw.TextStyle{Font: d.face, YAlign: draw.YTop, Handler: plot.DefaultTextHandler}
	write := func(class, text string) {
		style.Color = svg.Style{Class: class}
		c.FillText(style, vg.Point{X: x, Y: c.Max.Y}, text)
		x += style.Width(text) + 14
	}
	for i, name := range names {
		write(fmt.Sprintf("name%d", i%lineStyles), name)
	}
	write("unit", strings.Join(d.units, ", ")+" over s")
	d.plot.Draw(draw.Crop(c, 4, -10, 2, -22))
	var body bytes.Buffer
	_, err := canvas.WriteTo(&body)
	return body.Bytes(), err
}

// points are a column over time; of many steps the smallest and the largest of each
// group.
func (r *Recording) points(column int) (all plotter.XYs) {
	n := r.Len()
	group := (n + mostPoints/2 - 1) / (mostPoints / 2)
	for i := 0; i < n; i += max(1, group) {
		lowest, highest, gap := -1, -1, -1
		for j := i; j < min(n, i+group); j++ {
			v := r.At(j)[column]
			if v-v != 0 {
				gap = j
				continue
			}
			if lowest < 0 || v < r.At(lowest)[column] {
				lowest = j
			}
			if highest < 0 || v > r.At(highest)[column] {
				highest = j
			}
		}
		picked := []int{lowest, highest, gap}
		slices.Sort(picked)
		for _, j := range slices.Compact(picked) {
			if j >= 0 {
				all = append(all, plotter.XY{X: r.seconds(r.First() + int64(j)), Y: r.At(j)[column]})
			}
		}
	}
	return all
}

// pieces are the parts of a line between values that are not finite.
func pieces(all plotter.XYs) func(yield func(plotter.XYs) bool) {
	return func(yield func(plotter.XYs) bool) {
		from := 0
		for i := 0; i <= len(all); i++ {
			if i < len(all) && all[i].Y-all[i].Y == 0 {
				continue
			}
			if i > from && !yield(all[from:i]) {
				return
			}
			from = i + 1
		}
	}
}

// faultTimes are the steps from and to which faults were active.
func (r *Recording) faultTimes() (times [][2]int64) {
	begun := map[string]int64{}
	for _, e := range r.events {
		switch e.Kind {
		case "fault":
			begun[e.Text] = e.Step
		case "undo":
			if from, ok := begun[e.Text]; ok {
				times = append(times, [2]int64{from, max(e.Step, from+1)})
				delete(begun, e.Text)
			}
		}
	}
	return times
}
