package report

import (
	"math"
	"sort"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/memkit-go/memkit/internal/svg"
	"github.com/memkit-go/memkit/wcet"
)

// bins is how many bins span a histogram: wide enough to draw as bars, narrow
// enough to show two modes a tenth of a decade apart over three decades.
const bins = 72

// bar is one bin: its edges and its height in samples, scaled to a bin of
// nominal width.
type bar struct{ from, to, height float64 }

// histogram counts the positive samples in bins of equal ratio. Edges lie
// between integers, so a bin near the clock's resolution is narrower or wider
// than the rest; its height is scaled by that, or the teeth of the clock would
// look like modes.
func histogram(s *sample) []bar {
	positive := s.sorted[s.positive:]
	lo, hi := s.least()-0.5, s.most()+0.5
	nominal := math.Log(hi/lo) / bins
	var out []bar
	for from, i := lo, 0; from < hi; {
		to := math.Max(from+1, math.Ceil(from*math.Exp(nominal)-0.5)+0.5)
		next := i + sort.Search(len(positive)-i, func(k int) bool { return float64(positive[i+k]) > to })
		height := float64(next-i) * nominal / math.Log(to/from)
		out = append(out, bar{from, to, height})
		from, i = to, next
	}
	return out
}

func histogramFigure(b bench) *figure {
	bars := histogram(b.sample)
	least, most := math.Inf(1), 0.0
	for _, bar := range bars {
		if bar.height > 0 {
			least, most = math.Min(least, bar.height), math.Max(most, bar.height)
		}
	}
	f := newFigure("samples per bin", latencyAxis(b.Unit))
	f.logX(bars[0].from, bars[len(bars)-1].to, latencyTicks{b.Unit})
	f.logY(math.Min(0.7, 0.7*least), 1.6*math.Max(most, 1), countTicks{})
	f.Add(layer(func(s surface) { s.area(svg.Style{Class: "bar"}, outline(bars, f.Y.Min)) }))
	f.Add(layer(func(s surface) { quantileMarks(s, f, b.Analysis) }))
	return f
}

// outline is the contour of all bars, one path.
func outline(bars []bar, floor float64) []point {
	points := []point{{bars[0].from, floor}}
	for _, b := range bars {
		h := math.Max(b.height, floor)
		points = append(points, point{b.from, h}, point{b.to, h})
	}
	return append(points, point{bars[len(bars)-1].to, floor})
}

// nearHairlines is the distance in user units below which two dotted hairlines
// read as one smeared line.
const nearHairlines = 2

// quantileMarks draws a hairline at each estimated quantile and labels all.
func quantileMarks(s surface, f *figure, a *wcet.Analysis) {
	if a == nil {
		return
	}
	var labels []markLabel
	drawn := vg.Length(math.Inf(-1))
	for _, q := range a.Quantiles {
		if !finite(q.Estimate) || q.Estimate < f.X.Min || q.Estimate > f.X.Max {
			continue
		}
		x := s.x(q.Estimate)
		if x-drawn >= nearHairlines {
			s.line(svg.Style{Class: "mark"}, point{q.Estimate, f.Y.Min}, point{q.Estimate, f.Y.Max})
			drawn = x
		}
		name := quantileName(q.P)
		labels = addLabel(labels, markLabel{name, name, x, x}, s.x(f.X.Max)+margin)
	}
	for _, l := range labels {
		x, _ := l.centre(s.x(f.X.Max) + margin)
		s.text("note", point{f.X.Min, f.Y.Max}, x-s.x(f.X.Min), 6, draw.XCenter, l.text())
	}
}

// markLabel names neighbouring hairlines: the first and the last of them, and
// where these stand.
type markLabel struct {
	first, last string
	from, to    vg.Length
}

func (l markLabel) text() string {
	if l.first == l.last {
		return l.first
	}
	return l.first + "–" + l.last
}

// centre is where the label stands, left of edge as a whole, and half its width.
func (l markLabel) centre(edge vg.Length) (x, half vg.Length) {
	half = narrowText * width(l.text()) / 2
	return min((l.from+l.to)/2, edge-half), half
}

// addLabel appends a label and joins those that would touch: "p50–p99" leaves
// no hairline without a name.
func addLabel(labels []markLabel, l markLabel, edge vg.Length) []markLabel {
	const space = 4
	for len(labels) > 0 {
		before := labels[len(labels)-1]
		x, half := before.centre(edge)
		if at, w := l.centre(edge); x+half+space <= at-w {
			break
		}
		l.first, l.from = before.first, before.from
		labels = labels[:len(labels)-1]
	}
	return append(labels, l)
}

// latencyAxis names the horizontal axis; nanoseconds show in the ticks.
func latencyAxis(unit string) string {
	if unit == "ns" {
		return "latency"
	}
	return "latency, " + unit
}
