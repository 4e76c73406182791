package report

import (
	"math"

	"github.com/memkit-go/memkit/internal/svg"
)

const (
	// meanExcessShare is the share of samples whose mean excess is drawn: a tail is
	// looked for in no more.
	meanExcessShare = 0.10
	// meanExcessLeast is the least number of samples that a mean excess is drawn of.
	meanExcessLeast = 10
	// meanExcessPoints is how many thresholds are drawn at most.
	meanExcessPoints = 80
)

// meanExcess is the mean distance of the samples beyond a threshold from it, with
// its standard error.
type meanExcess struct{ threshold, mean, err float64 }

// meanExcesses are those of thresholds from the 90% quantile to the tenth largest
// sample, of ascending samples.
func meanExcesses(sorted []int64) (out []meanExcess) {
	n := len(sorted)
	most := int(meanExcessShare * float64(n))
	if most <= meanExcessLeast {
		return nil
	}
	// The thresholds are equidistant in the logarithm of the rank, from the top down.
	next, ratio := float64(meanExcessLeast), math.Pow(float64(most)/meanExcessLeast, 1.0/meanExcessPoints)
	var sum, squares float64 // of distances from the largest, which keep their digits
	top := float64(sorted[n-1])
	for rank := 1; rank <= most; rank++ {
		d := top - float64(sorted[n-rank])
		sum += d
		squares += d * d
		// The threshold is the next sample below, where that is lower.
		if u := sorted[n-rank-1]; float64(rank) >= next && u < sorted[n-rank] {
			m := float64(rank)
			mean := sum / m
			variance := math.Max(0, squares/m-mean*mean) * m / (m - 1)
			out = append(out, meanExcess{float64(u), top - mean - float64(u), math.Sqrt(variance / m)})
			next = math.Max(m+1, next*ratio)
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// meanExcessFigure draws the mean residual life: over thresholds from which on the
// tail is a generalised Pareto one, the mean excess is a straight line.
func meanExcessFigure(b bench, t *tail) *figure {
	all := meanExcesses(b.sorted)
	if len(all) < 2 {
		return nil
	}
	first, last := all[0].threshold, all[len(all)-1].threshold
	high := 0.0
	var means, band []point
	for _, m := range all {
		high = math.Max(high, m.mean+twoSided95*m.err)
		means = append(means, point{m.threshold, m.mean})
		band = append(band, point{m.threshold, m.mean + twoSided95*m.err})
	}
	for i := len(all) - 1; i >= 0; i-- {
		band = append(band, point{all[i].threshold, math.Max(0, all[i].mean-twoSided95*all[i].err)})
	}
	f := newFigure("mean excess over the threshold", "threshold, "+latencyAxis(b.Unit))
	f.X.Min, f.X.Max, f.X.Tick.Marker = first, last, evenTicks{b.Unit}
	f.Y.Min, f.Y.Max, f.Y.Tick.Marker = 0, high*1.05, evenTicks{b.Unit}
	f.Add(layer(func(c surface) {
		c.area(svg.Style{Class: "band"}, band)
		c.line(svg.Style{Class: "data"}, means...)
		if t == nil || t.Shape >= 1 || t.Threshold < first || t.Threshold > last {
			return
		}
		at := func(u float64) float64 { return (t.Scale + t.Shape*(u-t.Threshold)) / (1 - t.Shape) }
		c.line(svg.Style{Class: "mark"}, point{t.Threshold, f.Y.Min}, point{t.Threshold, f.Y.Max})
		c.line(svg.Style{Class: "fit"}, point{t.Threshold, at(t.Threshold)}, point{last, math.Max(0, at(last))})
	}))
	return f
}

// twoSided95 is how many standard errors a two-sided 95% interval reaches to each side.
const twoSided95 = 1.96
