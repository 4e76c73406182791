package evt

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/memkit-go/memkit/wcet/dist"
	"github.com/memkit-go/memkit/wcet/internal/parallel"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// gevFit is a generalised extreme value distribution fitted by maximum
// likelihood.
//
// The search runs over the shape ξ and the logarithm of the scale at an anchor A, as
// scale changes linearly in x: s = σ + ξ(A−μ). Light tails are anchored at the
// largest value, where s > 0 says that the support contains it; in the usual
// parameters the maximum of the likelihood lies within n^ξ of the edge of their
// domain, and a search steps over it. With z = log(1+ξ(x−A)/s)/ξ, the values z have a
// Gumbel distribution of scale 1, whose best location a = −log(mean(exp(−z))) needs
// no search.
type gevFit struct {
	dist.GEV
	x                 []float64
	smallest, largest float64
	middle            float64
	minNLL            float64
	// thin is the fit of every so many-th value when there are very many: the
	// likelihood then is quadratic, and limits follow from thin's by √n.
	thin *gevFit
}

const (
	// manyMaxima is the number of maxima from which one start, the L-moment
	// estimate, finds the maximum of the likelihood.
	manyMaxima = 2000
	// anchorBlend is the range of shapes around 0 over which the anchor moves from
	// the largest value to the middle.
	anchorBlend = 0.03
)

// thinnedMaxima give the limits when there are more than twice as many. Those of a
// thinned sample are off by half a percent of their width. Tests lower it.
var thinnedMaxima = 25_000

// fitGEV finds the maximum of the likelihood, starting at the L-moment estimate
// and, with few maxima, at a Gumbel and moderate shapes; the best end counts.
func fitGEV(x []float64) (*gevFit, error) {
	if len(x) < minFitted {
		return nil, errors.New("fewer than 10 block maxima")
	}
	sorted := slices.Sorted(slices.Values(x))
	moments := lMoments(sorted)
	f := &gevFit{x: x, smallest: sorted[0], largest: sorted[len(sorted)-1], middle: stat.Quantile(sorted, 0.5), minNLL: math.Inf(1)}
	if f.smallest == f.largest {
		return nil, errors.New("all block maxima are equal")
	}
	start := moments.gev()
	if !(start.Scale > 0) || math.IsInf(start.Scale, 0) || math.IsNaN(start.Loc+start.Shape) {
		return nil, errors.New("the block maxima span too many orders of magnitude for a distribution to be fitted")
	}
	shapes := []float64{min(max(start.Shape, -0.9), 0.9), 0, -0.3, 0.3, -0.6}
	if len(x) > manyMaxima {
		shapes = shapes[:1]
	}
	for _, shape := range shapes {
		f.search(shape, start)
	}
	if math.IsInf(f.minNLL, 1) || f.Shape < shortestShape {
		return nil, errNoMaximum
	}
	if len(x) > 2*thinnedMaxima {
		var err error
		if f.thin, err = fitGEV(stat.Thinned(x, thinnedMaxima)); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// search looks for a maximum from a shape on, at a scale that fits it best, and
// keeps what it finds if it is better.
func (f *gevFit) search(shape float64, start dist.GEV) {
	free := func(v []float64) float64 {
		nll, _ := f.profileLocation(v[0], v[1], f.anchor(v[0]))
		return nll
	}
	anchor := f.anchor(shape)
	logScale := math.Log(max(start.Scale+shape*(anchor-start.Loc), 0.01*start.Scale))
	logScale, _ = stat.Minimum(func(s float64) float64 { return free([]float64{shape, s}) }, logScale, 0.2, 1e-3)
	v, nll := stat.Newton(free, []float64{shape, logScale}, []float64{1, 1})
	if nll < f.minNLL-1e-9 {
		_, a := f.profileLocation(v[0], v[1], f.anchor(v[0]))
		f.GEV, f.minNLL = distribution(v[0], v[1], a, f.anchor(v[0])), nll
	}
}

// anchor is where the scale of a shape is taken: for light tails at the largest
// value, for heavy ones in the middle.
func (f *gevFit) anchor(shape float64) float64 {
	return f.middle + (f.largest-f.middle)/(1+math.Exp(shape/anchorBlend))
}

// distribution, in the usual parameters, of one that is given at an anchor.
func distribution(shape, logScale, a, anchor float64) dist.GEV {
	s := math.Exp(logScale)
	return dist.GEV{Loc: anchor + s*boxCoxInverse(shape, a), Scale: s * math.Exp(shape*a), Shape: shape}
}

// scaleAt is the scale of d at an anchor, not positive outside the support.
func scaleAt(d dist.GEV, anchor float64) float64 { return d.Scale + d.Shape*(anchor-d.Loc) }

// boxCox is log(1+ξt)/ξ, the inverse of boxCoxInverse; both are continuous at ξ = 0.
func boxCox(shape, t float64) float64 {
	if w := shape * t; math.Abs(w) < 1e-8 {
		return t * (1 - w/2)
	}
	return math.Log1p(shape*t) / shape
}

func boxCoxInverse(shape, z float64) float64 {
	if w := shape * z; math.Abs(w) < 1e-8 {
		return z * (1 + w/2)
	}
	return math.Expm1(shape*z) / shape
}

// profileLocation is the negative log-likelihood at the best location a; +Inf
// outside the domain, in which the shape exceeds −1.
func (f *gevFit) profileLocation(shape, logScale, anchor float64) (nll, a float64) {
	sum, logMean, ok := f.reduced(shape, logScale, anchor)
	if !ok {
		return math.Inf(1), 0
	}
	n := float64(len(f.x))
	return finiteOrInf(n*(logScale+1+logMean) + (1+shape)*sum), -logMean
}

// profileQuantile is the negative log-likelihood among distributions whose value
// exceeded with probability exp(−exp(−y)) from below is q; y is its Gumbel variate.
func (f *gevFit) profileQuantile(shape, logScale, q, y, anchor float64) float64 {
	sum, logMean, ok := f.reduced(shape, logScale, anchor)
	t := (q - anchor) / math.Exp(logScale)
	if !ok || 1+shape*t <= 0 {
		return math.Inf(1)
	}
	a := boxCox(shape, t) - y
	n := float64(len(f.x))
	return finiteOrInf(n*(logScale-a+math.Exp(a+logMean)) + (1+shape)*sum)
}

// finiteOrInf takes what cannot be computed for outside the domain.
func finiteOrInf(nll float64) float64 {
	if math.IsNaN(nll) || math.IsInf(nll, -1) {
		return math.Inf(1)
	}
	return nll
}

// likelihoodChunk is how many values one CPU adds up at a time; the sum of the
// chunks does not depend on the number of CPUs.
const likelihoodChunk = 1 << 16

// reduced sums the Gumbel variates z of all values, and takes the logarithm of the
// mean of exp(−z); ok is false outside the domain.
func (f *gevFit) reduced(shape, logScale, anchor float64) (sum, logMean float64, ok bool) {
	s := math.Exp(logScale)
	low, high := 1+shape*(f.smallest-anchor)/s, 1+shape*(f.largest-anchor)/s
	if !(shape > -1 && s > 0 && low > 0 && high > 0) || math.IsInf(s, 0) || math.IsInf(low, 0) || math.IsInf(high, 0) {
		return 0, 0, false
	}
	// exp(−z) is largest at the smallest value.
	shift := boxCox(shape, (f.smallest-anchor)/s)
	add := func(x []float64) (sum, exps float64) {
		for _, v := range x {
			z := boxCox(shape, (v-anchor)/s)
			sum += z
			exps += math.Exp(shift - z)
		}
		return sum, exps
	}
	exps := 0.0
	if len(f.x) <= likelihoodChunk {
		sum, exps = add(f.x)
	} else {
		chunks := slices.Collect(slices.Chunk(f.x, likelihoodChunk))
		parts := make([][2]float64, len(chunks))
		parallel.For(context.Background(), len(chunks), func(i int) { parts[i][0], parts[i][1] = add(chunks[i]) })
		for _, part := range parts {
			sum, exps = sum+part[0], exps+part[1]
		}
	}
	return sum, math.Log(exps/float64(len(f.x))) - shift, true
}

// within is the negative log-likelihood at signed root r: it may rise by r²/2.
func (f *gevFit) within(r float64) float64 { return f.minNLL + r*r/2 }

// shapeLimits are the profile-likelihood limits of the shape at signed root r.
func (f *gevFit) shapeLimits(r float64) (lower, upper float64) {
	if f.thin != nil {
		lower, upper = f.thin.shapeLimits(r)
		return f.Shape + f.narrow(lower-f.thin.Shape), f.Shape + f.narrow(upper-f.thin.Shape)
	}
	side := func(direction float64) float64 {
		logScale := math.Log(scaleAt(f.GEV, f.anchor(f.Shape)))
		excess := func(shape float64) float64 {
			best, nll := stat.Minimum(func(s float64) float64 {
				nll, _ := f.profileLocation(shape, s, f.anchor(shape))
				return nll
			}, logScale, 0.05, 1e-5)
			if !math.IsInf(nll, 0) {
				logScale = best
			}
			return nll - f.within(r)
		}
		return stat.Crossing(excess, f.Shape, direction*r/math.Sqrt(float64(len(f.x))))
	}
	return side(-1), side(1)
}

// quantileLimit is the profile-likelihood limit at signed root r of the value
// that a maximum exceeds with probability s: upper for r > 0, lower for r < 0.
func (f *gevFit) quantileLimit(s, r float64) float64 {
	if f.thin != nil {
		return f.SurvivalQuantile(s) + f.narrow(f.thin.quantileLimit(s, r)-f.thin.SurvivalQuantile(s))
	}
	y := -math.Log(-math.Log1p(-s))
	near := f.GEV
	excess := func(q float64) float64 {
		nll, d := f.profileAt(q, y, near)
		if !math.IsInf(nll, 0) {
			near = d
		}
		return nll - f.within(r)
	}
	q := f.SurvivalQuantile(s)
	return stat.Crossing(excess, q, 0.02*r*math.Abs(q-f.Loc)+1e-3*r*f.Scale)
}

// profileAt is the least negative log-likelihood among distributions whose quantile
// with the Gumbel variate y is q, and the distribution that attains it. The search
// starts at near.
func (f *gevFit) profileAt(q, y float64, near dist.GEV) (nll float64, d dist.GEV) {
	if q < f.largest || y < 1 {
		// Among the values: shape and scale are free, the location follows.
		g := func(v []float64) float64 { return f.profileQuantile(v[0], v[1], q, y, f.anchor(v[0])) }
		scale := max(scaleAt(near, f.anchor(near.Shape)), 1e-3*near.Scale)
		best, nll := stat.Newton(g, feasible(g, []float64{near.Shape, math.Log(scale)}, 1, 0.1), []float64{1, 1})
		anchor := f.anchor(best[0])
		return nll, distribution(best[0], best[1], boxCox(best[0], (q-anchor)/math.Exp(best[1]))-y, anchor)
	}
	// Beyond them: shape and location are free, the scale follows. That q belongs to
	// the support makes all values belong to it.
	logScale := func(v []float64) float64 { return math.Log((q - f.middle) / boxCoxInverse(v[0], v[1]+y)) }
	g := func(v []float64) float64 { return f.profileQuantile(v[0], logScale(v), q, y, f.middle) }
	// With near's shape, either its location or its scale can stay.
	scale := scaleAt(near, f.middle)
	start := []float64{near.Shape, boxCox(near.Shape, (near.Loc-f.middle)/scale)}
	if other := []float64{near.Shape, boxCox(near.Shape, (q-f.middle)/scale) - y}; g(other) < g(start) {
		start = other
	}
	best, nll := stat.Newton(g, feasible(g, start, 1, -0.1), []float64{1, 1})
	return nll, distribution(best[0], logScale(best), best[1], f.middle)
}

// narrow turns a distance of thin's limit into one of f's.
func (f *gevFit) narrow(distance float64) float64 {
	return distance * math.Sqrt(float64(len(f.thin.x))/float64(len(f.x)))
}

// feasible returns v, its i-th coordinate moved in steps until g is finite.
func feasible(g func([]float64) float64, v []float64, i int, step float64) []float64 {
	v = slices.Clone(v)
	for range 40 {
		if !math.IsInf(g(v), 1) {
			break
		}
		v[i] += step
	}
	return v
}

// blockMaxima are the maxima of consecutive blocks; a last incomplete block is
// left out, and none spans two parts.
func blockMaxima(parts [][]float64, block int) []float64 {
	var maxima []float64
	for _, part := range parts {
		for lo := 0; lo+block <= len(part); lo += block {
			maxima = append(maxima, slices.Max(part[lo:lo+block]))
		}
	}
	return maxima
}
