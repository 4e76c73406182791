package evt

import (
	"errors"
	"math"

	"github.com/memkit-go/memkit/wcet/dist"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// errNoMaximum means that the likelihood grows without end towards shape −1:
// data that stop abruptly, as uniform ones do.
var errNoMaximum = errors.New("the likelihood has no maximum above shape −1: the data end abruptly, like uniform ones")

// shortestShape is the least shape counted as a maximum: near −1 the likelihood
// is all but flat, and rounding decides on which side an estimate falls.
const shortestShape = -0.95

// minFitted is the least number of exceedances that a tail is fitted to.
const minFitted = 10

var errTooFew = errors.New("fewer than 10 distinct exceedances")

// gpdFit is a generalised Pareto distribution fitted to excesses by maximum
// likelihood.
type gpdFit struct {
	excesses
	scale, shape, minNLL float64
	// thin is the fit of every so many-th excess when there are very many; see
	// gevFit.
	thin *gpdFit
}

// manyExcesses is the number of excesses beyond which limits come from a thinned
// sample.
const manyExcesses = 20000

// fitGPD finds the maximum of the likelihood nearest to the L-moment estimate.
func fitGPD(e excesses) (*gpdFit, error) {
	if len(e.y) < minFitted {
		return nil, errTooFew
	}
	f, err := fitExactGPD(e)
	if err != nil {
		return nil, err
	}
	if e.n > manyExcesses {
		if f.thin, err = fitGPD(e.thinned(manyExcesses)); err != nil {
			return nil, err
		}
	}
	if e.half == 0 {
		return f, nil
	}
	x, nll := stat.Newton(func(v []float64) float64 { return e.nll(math.Exp(v[0]), v[1]) },
		[]float64{math.Log(f.scale), f.shape}, []float64{1, 1})
	if x[1] < shortestShape || math.IsInf(nll, 0) || math.IsNaN(nll) {
		return nil, errNoMaximum
	}
	return &gpdFit{excesses: e, scale: math.Exp(x[0]), shape: x[1], minNLL: nll, thin: f.thin}, nil
}

// fitExactGPD maximises the exact likelihood along θ = ξ/σ, where the best shape
// is the mean of log(1+θy) (Grimshaw 1993). The search runs over
// s = log(1+θ·max y), which is unbounded on both sides.
func fitExactGPD(e excesses) (*gpdFit, error) {
	top := e.largest()
	shapeAt := func(theta float64) float64 { return e.sumLog1p(theta) / e.n }
	mean := 0.0
	for i, y := range e.y {
		mean += e.weight[i] * y
	}
	mean /= e.n
	objective := func(s float64) float64 {
		theta := math.Expm1(s) / top
		if math.Abs(theta*top) < 1e-9 {
			return math.Log(mean) + 1
		}
		shape := shapeAt(theta)
		return math.Log(shape/theta) + shape + 1
	}
	start := lMoments(e.values()).gpd()
	s := -1.0
	if theta := start.Shape / start.Scale * top; theta > -0.9 && theta < 1e6 {
		s = math.Log1p(theta)
	}
	s, _ = stat.Minimum(objective, s, 0.2, 1e-10)
	theta := math.Expm1(s) / top
	shape, scale := 0.0, mean
	if math.Abs(theta*top) >= 1e-9 {
		shape = shapeAt(theta)
		scale = shape / theta
	}
	if math.IsNaN(shape) || shape < shortestShape {
		return nil, errNoMaximum
	}
	exact := e
	exact.half = 0
	nll := exact.nll(scale, shape)
	if math.IsInf(nll, 0) || math.IsNaN(nll) {
		return nil, errNoMaximum
	}
	return &gpdFit{excesses: exact, scale: scale, shape: shape, minNLL: nll}, nil
}

// dist is the fitted distribution of the excesses.
func (f *gpdFit) dist() dist.GPD { return dist.GPD{Scale: f.scale, Shape: f.shape} }

// within is the negative log-likelihood at signed root r: it may rise by r²/2.
func (f *gpdFit) within(r float64) float64 { return f.minNLL + r*r/2 }

// shapeError is the asymptotic standard error of the shape, (1+ξ)/√n (Smith
// 1985); it sizes search steps and compares fits.
func (f *gpdFit) shapeError() float64 { return (1 + max(f.shape, -0.9)) / math.Sqrt(f.n) }

// shapeLimits are the profile-likelihood limits of the shape at signed root r:
// 1.96 for a two-sided 95% interval.
func (f *gpdFit) shapeLimits(r float64) (lower, upper float64) {
	if f.thin != nil {
		lower, upper = f.thin.shapeLimits(r)
		return f.shape + f.narrow(lower-f.thin.shape), f.shape + f.narrow(upper-f.thin.shape)
	}
	scale := f.scale
	excess := func(shape float64) float64 {
		if shape <= -1 {
			return math.Inf(1)
		}
		scale = f.bestScale(shape, scale)
		return f.nll(scale, shape) - f.within(r)
	}
	return stat.Crossing(excess, f.shape, -r*f.shapeError()), stat.Crossing(excess, f.shape, r*f.shapeError())
}

// profile is the least negative log-likelihood among distributions whose
// survival at excess z is exp(−hazard); shape is where to start, and the
// returned shape attains it.
func (f *gpdFit) profile(z, hazard, shape float64) (nll, attained float64) {
	g := func(shape float64) float64 {
		return f.nll(z/(dist.GPD{Scale: 1, Shape: shape}).SurvivalQuantile(math.Exp(-hazard)), shape)
	}
	step := f.shapeError() / 2
	if math.IsInf(g(shape), 1) {
		// Below the largest excess, short tails cannot reach it.
		shape = max(shape, math.Log1p(-z/f.largest())/hazard+step)
	}
	attained, nll = stat.Minimum(g, shape, step, 1e-5*step)
	return nll, attained
}

// excessQuantile is the excess exceeded with probability exp(−hazard).
func (f *gpdFit) excessQuantile(hazard float64) float64 {
	return f.dist().SurvivalQuantile(math.Exp(-hazard))
}

// quantileLimit is the profile-likelihood limit at signed root r of the excess
// exceeded with probability exp(−hazard): an upper limit for r > 0, a lower one
// for r < 0.
func (f *gpdFit) quantileLimit(hazard, r float64) float64 {
	if f.thin != nil {
		return f.excessQuantile(hazard) + f.narrow(f.thin.quantileLimit(hazard, r)-f.thin.excessQuantile(hazard))
	}
	shape := f.shape
	excess := func(logZ float64) float64 {
		nll, attained := f.profile(math.Exp(logZ), hazard, shape)
		shape = attained
		return nll - f.within(r)
	}
	z := f.excessQuantile(hazard)
	return math.Exp(stat.Crossing(excess, math.Log(z), 0.1*r))
}

// signedRoot measures how far the excess exceeded with probability exp(−hazard)
// lies above z, in standard normal units: √(2·deviance), negative below.
func (f *gpdFit) signedRoot(z, hazard float64) float64 {
	nll, _ := f.profile(z, hazard, f.shape)
	r := math.Sqrt(max(0, 2*(nll-f.minNLL)))
	return math.Copysign(r, f.excessQuantile(hazard)-z)
}

// narrow turns a distance of thin's limit into one of f's.
func (f *gpdFit) narrow(distance float64) float64 {
	return distance * math.Sqrt(f.thin.n/f.n)
}
