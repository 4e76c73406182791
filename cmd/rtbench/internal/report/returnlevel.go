package report

import (
	"math"

	"gonum.org/v1/plot"

	"github.com/memkit-go/memkit/internal/svg"
	"github.com/memkit-go/memkit/wcet"
)

// returnLevelFigure draws the fitted tail's values over their return period, with its
// limits as a band, and the samples.
func returnLevelFigure(b bench, t *tail) *figure {
	levels := b.Analysis.TailQuantiles
	seen := positioned(t)
	top := b.most() * reach
	lo, hi := t.Threshold, b.most()
	last := seen[len(seen)-1].x
	for _, q := range levels {
		hi = math.Max(hi, math.Min(q.Upper, top))
		last = math.Max(last, period(q))
	}
	for _, q := range levels {
		if q.Lower > 0 {
			lo = math.Min(lo, q.Lower)
		}
	}
	f := newFigure("exceeded once in the period, on average", "period, activations")
	f.logX(1/t.share, last*1.2, periodTicks{})
	if lo > 0 && hi/lo > logFrom {
		f.logY(lo*0.95, hi*1.1, latencyTicks{b.Unit})
	} else {
		pad := 0.05 * (hi - lo)
		f.Y.Min, f.Y.Max, f.Y.Tick.Marker = lo-pad, hi+pad, evenTicks{b.Unit}
	}
	f.Add(layer(func(c surface) { drawLevels(c, levels, t.Threshold, f.Y.Max, b.tailSupported()) }))
	f.Add(layer(func(c surface) { c.dots(svg.Style{Class: "dot"}, seen) }))
	return f
}

// positioned are the fitted samples over the return periods of their positions.
func positioned(t *tail) (points []point) {
	for i := range kept(len(t.fitted)) {
		points = append(points, point{1 / t.position(i), float64(t.fitted[i])})
	}
	return points
}

// period is the number of activations of which one exceeds the quantile.
func period(q wcet.Quantile) float64 { return 1 / (1 - q.P) }

// drawLevels draws the estimates as a line and fills between the limits, as far up as
// the figure goes.
func drawLevels(c surface, levels []wcet.Quantile, threshold, top float64, supported bool) {
	var estimates, lowers, uppers []point
	for _, q := range levels {
		x := period(q)
		if !finite(q.Estimate) {
			break
		}
		estimates = append(estimates, point{x, math.Min(q.Estimate, top)})
		lowers = append(lowers, point{x, math.Max(threshold, orElse(q.Lower, threshold))})
		uppers = append(uppers, point{x, math.Min(top, orElse(q.Upper, top))})
	}
	band := append([]point{}, lowers...)
	for i := len(uppers) - 1; i >= 0; i-- {
		band = append(band, uppers[i])
	}
	class := "band"
	if !supported {
		class = "band unsupported"
	}
	c.area(svg.Style{Class: class}, band)
	if !supported {
		c.line(svg.Style{Class: "edge"}, lowers...)
		c.line(svg.Style{Class: "edge"}, uppers...)
	}
	c.line(svg.Style{Class: "fit"}, estimates...)
}

// orElse is v, or another value where v is not finite.
func orElse(v, other float64) float64 {
	if !finite(v) {
		return other
	}
	return v
}

// periodTicks label a log axis of return periods by powers of ten.
type periodTicks struct{}

// Ticks implements plot.Ticker.
func (periodTicks) Ticks(lo, hi float64) []plot.Tick {
	label := func(v float64) string { return power(int(math.Round(math.Log10(v)))) }
	return decades(lo, hi, label, decadeStep(lo, hi, 6))
}
