package report

import (
	"math"

	"github.com/memkit-go/memkit/internal/svg"
)

// keptPoints bounds the points of a quantile–quantile plot besides the extreme
// ones, which all stay.
const keptPoints = 160

// qqPoints pairs the fitted tail's predictions with the samples, at plotting
// positions (i−½)/k (Hazen 1914).
func qqPoints(t *tail) (points []point) {
	k := len(t.fitted)
	stride := max(1, (k-keptTail+keptPoints-1)/keptPoints)
	for i := 0; i < k; {
		p := t.share * (float64(k-i) - 0.5) / float64(k)
		points = append(points, point{t.quantile(p), float64(t.fitted[i])})
		if i < k-keptTail {
			i = min(i+stride, k-keptTail)
		} else {
			i++
		}
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
