package history

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Change is a lasting change of a figure.
type Change struct {
	// At is the first point after the change.
	At int
	// Before and After are the geometric means of the stretches that it divides.
	Before, After float64
	// Effect is the relative change, .1 for ten per cent more, with the limits of its
	// 95% interval.
	Effect, Lower, Upper float64
}

const (
	// levelConfidence is that of the interval that must exclude no change.
	levelConfidence = .999
	effectInterval  = .95
	// ramp is how many points lie between two changes of one direction that are
	// steps of one slow change.
	ramp = 15
)

// Changes finds the lasting changes of the level of positive values. E-divisive finds
// every change of the distribution; here those count whose means differ, by Welch's
// interval of the logarithms, and by more than margin. A single point that is off is
// none, and neither is more noise; steps of one direction that follow each other
// closely are one slow change, at its greatest step.
func Changes(values []float64, margin float64) []Change {
	x := make([]float64, len(values))
	for i, v := range values {
		x[i] = math.Log(v)
	}
	at := divide(x)
	// A division that is no change of level joins its stretches, which may undo
	// another: the least certain goes first.
	for {
		worst, least := -1, 0.0
		for i := range at {
			d := difference(stretch(x, at, i), stretch(x, at, i+1), levelConfidence)
			excess := math.Max(d.lower, -d.upper)
			if math.Abs(d.mean) <= math.Log1p(margin) {
				excess = math.Inf(-1)
			}
			if excess <= 0 && (worst < 0 || excess < least) {
				worst, least = i, excess
			}
		}
		if worst < 0 {
			break
		}
		at = append(at[:worst], at[worst+1:]...)
	}
	var changes []Change
	for i := 0; i < len(at); {
		last := i
		for last+1 < len(at) && at[last+1]-at[last] <= ramp && sameWay(x, at, last) {
			last++
		}
		changes = append(changes, newChange(x, at, i, last))
		i = last + 1
	}
	return changes
}

// stretch i lies in front of division i.
func stretch(x []float64, at []int, i int) []float64 {
	from, to := 0, len(x)
	if i > 0 {
		from = at[i-1]
	}
	if i < len(at) {
		to = at[i]
	}
	return x[from:to]
}

// sameWay reports whether divisions i and i+1 go in one direction.
func sameWay(x []float64, at []int, i int) bool {
	first := stat.Mean(stretch(x, at, i+1), nil) - stat.Mean(stretch(x, at, i), nil)
	second := stat.Mean(stretch(x, at, i+2), nil) - stat.Mean(stretch(x, at, i+1), nil)
	return first*second > 0
}

// newChange is the change over divisions first to last, at the greatest of them.
func newChange(x []float64, at []int, first, last int) Change {
	before, after := stretch(x, at, first), stretch(x, at, last+1)
	d := difference(before, after, effectInterval)
	c := Change{
		At: at[first], Before: math.Exp(stat.Mean(before, nil)), After: math.Exp(stat.Mean(after, nil)),
		Effect: math.Expm1(d.mean), Lower: math.Expm1(d.lower), Upper: math.Expm1(d.upper),
	}
	greatest := 0.0
	for i := first; i <= last; i++ {
		step := math.Abs(stat.Mean(stretch(x, at, i+1), nil) - stat.Mean(stretch(x, at, i), nil))
		if step > greatest {
			greatest, c.At = step, at[i]
		}
	}
	return c
}

// interval of a difference of means.
type interval struct{ mean, lower, upper float64 }

// difference is Welch's interval of mean(b) − mean(a).
func difference(a, b []float64, confidence float64) interval {
	meanA, varA := stat.MeanVariance(a, nil)
	meanB, varB := stat.MeanVariance(b, nil)
	na, nb := float64(len(a)), float64(len(b))
	d := interval{mean: meanB - meanA}
	sa, sb := varA/na, varB/nb
	width := 0.0
	if sa+sb > 0 {
		nu := (sa + sb) * (sa + sb) / (sa*sa/(na-1) + sb*sb/(nb-1))
		width = math.Sqrt(sa+sb) * distuv.StudentsT{Sigma: 1, Nu: nu}.Quantile((1+confidence)/2)
	}
	d.lower, d.upper = d.mean-width, d.mean+width
	return d
}
