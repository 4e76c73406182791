package report

import (
	"math"

	"gonum.org/v1/plot"

	"github.com/memkit-go/memkit/internal/svg"
	"github.com/memkit-go/memkit/wcet/evt"
)

// shapeError is the asymptotic standard error of a fitted shape (Smith 1985).
func shapeError(c evt.Candidate) float64 {
	return (1 + math.Max(c.Shape, -0.9)) / math.Sqrt(float64(c.Exceedances))
}

// stabilityFigure draws the shape fitted at each threshold of the scan with its 95%
// interval: from a good threshold on it stays within its error. Nil without a scan.
func stabilityFigure(b bench) *figure {
	if b.Analysis == nil || len(b.Analysis.ThresholdScan) < 2 {
		return nil
	}
	scan := b.Analysis.ThresholdScan
	lo, hi := 0.0, 0.0
	var intervals, shapes, chosen []point
	for _, c := range scan {
		if !finite(c.Threshold) || !finite(c.Shape) || c.Exceedances < 1 {
			return nil
		}
		at, e := point{c.Threshold, c.Shape}, twoSided95*shapeError(c)
		lo, hi = math.Min(lo, c.Shape-e), math.Max(hi, c.Shape+e)
		intervals = append(intervals, point{at.x, at.y - e}, point{at.x, at.y + e})
		shapes = append(shapes, at)
		if c.Chosen {
			chosen = append(chosen, at)
		}
	}
	first, last := scan[0].Threshold, scan[len(scan)-1].Threshold
	if !(last > first) {
		return nil
	}
	pad := 0.03 * (last - first)
	f := newFigure("shape ξ of the fitted tail", "threshold, "+latencyAxis(b.Unit))
	f.X.Min, f.X.Max, f.X.Tick.Marker = first-pad, last+pad, evenTicks{b.Unit}
	f.Y.Min, f.Y.Max, f.Y.Tick.Marker = lo-0.02, hi+0.02, numberTicks{}
	f.Add(layer(func(c surface) {
		c.line(svg.Style{Class: "axis"}, point{f.X.Min, 0}, point{f.X.Max, 0})
		c.segments(svg.Style{Class: "whisker"}, intervals)
		c.dots(svg.Style{Class: "dot"}, shapes)
		c.dots(svg.Style{Class: "max"}, chosen)
	}))
	return f
}

// numberTicks label a linear axis of plain numbers.
type numberTicks struct{}

// Ticks implements plot.Ticker.
func (numberTicks) Ticks(lo, hi float64) []plot.Tick { return even(lo, hi, 4, trim) }
