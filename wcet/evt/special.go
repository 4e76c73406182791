package evt

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// SpecialCase is a fit with shape 0: an exponential tail among generalised Pareto
// ones, a Gumbel distribution among those of block maxima. It is fitted in addition
// to the general case, never in its place.
type SpecialCase struct {
	// Loc is 0 for an exponential tail.
	Loc   float64
	Scale float64
	NLL   float64
	// Test is the likelihood-ratio test of shape 0 against any other; not rejecting
	// it proves nothing, since few samples cannot tell a heavy tail from a light one.
	Test Hypothesis
	// Allowed: the 95% limits of the shape end at 0 or below, so that a tail of
	// shape 0 lies above the true one. Elsewhere Upper would promise too much: on a
	// lognormal distribution such limits cover the truth in a third of all cases.
	Allowed bool
	// Upper is the upper limit at the target under shape 0.
	Upper float64
}

// newSpecialCase tests shape 0, which has minNLL, against the general fit.
func newSpecialCase(loc, scale, minNLL, general, shapeUpper float64) *SpecialCase {
	stat := max(0, 2*(minNLL-general))
	p := distuv.ChiSquared{K: 1}.Survival(stat)
	return &SpecialCase{
		Loc: loc, Scale: scale, NLL: minNLL,
		Test:    Hypothesis{Stat: stat, P: p, Reject: p <= hypothesisLevel},
		Allowed: shapeUpper <= 0,
	}
}

// exponential fits an exponential tail to the excesses of f, whose shape's upper
// limit is shapeUpper, and bounds the value exceeded with probability exp(−hazard),
// given that the threshold is, at signed root r.
func (f *gpdFit) exponential(shapeUpper, hazard, r float64) *SpecialCase {
	scale := f.bestScale(0, f.scale)
	minNLL := f.nll(scale, 0)
	c := newSpecialCase(0, scale, minNLL, f.minNLL, shapeUpper)
	excess := func(logScale float64) float64 { return f.nll(math.Exp(logScale), 0) - minNLL - r*r/2 }
	c.Upper = hazard * math.Exp(stat.Crossing(excess, math.Log(scale), r/math.Sqrt(f.n)))
	return c
}

// gumbel fits a Gumbel distribution to the maxima of f and bounds the value that a
// maximum exceeds with probability s, at signed root r.
func (f *gevFit) gumbel(shapeUpper, s, r float64) *SpecialCase {
	start := math.Log(f.Scale)
	logScale, minNLL := stat.Minimum(func(v float64) float64 {
		nll, _ := f.profileLocation(0, v, f.middle)
		return nll
	}, start, 0.1, 1e-7)
	_, a := f.profileLocation(0, logScale, f.middle)
	d := distribution(0, logScale, a, f.middle)
	c := newSpecialCase(d.Loc, d.Scale, minNLL, f.minNLL, shapeUpper)
	y := -math.Log(-math.Log1p(-s))
	excess := func(q float64) float64 {
		best, nll := stat.Minimum(func(v float64) float64 { return f.profileQuantile(0, v, q, y, f.middle) }, logScale, 0.1, 1e-5)
		if !math.IsInf(nll, 0) {
			logScale = best
		}
		return nll - minNLL - r*r/2
	}
	q := c.Loc + c.Scale*y
	c.Upper = stat.Crossing(excess, q, r*c.Scale*(1+math.Abs(y))/math.Sqrt(float64(len(f.x))))
	return c
}
