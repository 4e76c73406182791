package report

import (
	"iter"
	"math"

	"github.com/memkit-go/memkit/internal/svg"
)

// keptPoints bounds the points of a quantile–quantile plot besides the extreme
// ones, which all stay.
const keptPoints = 160

// kept visits the ranks of k ascending values that a figure keeps: of the others
// every so many-th, of the largest each.
func kept(k int) iter.Seq[int] {
	stride := max(1, (k-keptTail+keptPoints-1)/keptPoints)
	return func(yield func(int) bool) {
		for i := 0; i < k && yield(i); {
			if i < k-keptTail {
				i = min(i+stride, k-keptTail)
			} else {
				i++
			}
		}
	}
}

// position is the share of activations beyond the i-th of the fitted values, ascending,
// by plotting positions (i−½)/k (Hazen 1914).
func (t *tail) position(i int) float64 {
	k := float64(len(t.fitted))
	return t.share * (k - float64(i) - 0.5) / k
}

// qqPoints pairs the fitted tail's predictions with the samples.
func qqPoints(t *tail) (points []point) {
	for i := range kept(len(t.fitted)) {
		points = append(points, point{t.quantile(t.position(i)), float64(t.fitted[i])})
	}
	return points
}

// logFrom is the spread of a tail from which linear axes would press all but
// the last points into a corner.
const logFrom = 20

func qqFigure(t *tail, unit string) *figure {
	points := qqPoints(t)
	lo, hi := t.Threshold, points[len(points)-1].y
	for _, p := range points {
		hi = math.Max(hi, math.Min(p.x, reach*p.y)) // an absurd fit must not flatten the samples
	}
	f := newFigure("observed", "predicted by the fit")
	if lo > 0 && hi/lo > logFrom {
		f.logX(lo, hi*1.1, latencyTicks{unit})
		f.logY(lo, hi*1.1, latencyTicks{unit})
	} else {
		pad := (hi - lo) * 0.05
		f.X.Min, f.X.Max, f.X.Tick.Marker = lo-pad, hi+pad, evenTicks{unit}
		f.Y.Min, f.Y.Max, f.Y.Tick.Marker = lo-pad, hi+pad, evenTicks{unit}
	}
	f.Add(layer(func(s surface) {
		s.line(svg.Style{Class: "fit"}, point{f.X.Min, f.X.Min}, point{f.X.Max, f.X.Max})
		s.dots(svg.Style{Class: "dot"}, points)
	}))
	return f
}
