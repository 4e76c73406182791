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
type gevFit struct {
	dist.GEV
	x      []float64
	minNLL float64
	// thin is the fit of every so many-th value when there are very many: the
	// likelihood then is quadratic, and limits follow from thin's by √n.
	thin *gevFit
}

// manyMaxima is the number of maxima from which the likelihood is as good as
// quadratic, so that one start finds its maximum; beyond twice as many, a
// thinned sample gives that start and the limits.
const manyMaxima = 2000

// fitGEV finds the maximum of the likelihood, starting at the L-moment estimate
// and, with few maxima, at a Gumbel and two moderate shapes; the best end counts.
func fitGEV(x []float64) (*gevFit, error) {
	if len(x) < minFitted {
		return nil, errors.New("fewer than 10 block maxima")
	}
	moments := lMoments(slices.Sorted(slices.Values(x)))
	spread := moments.L2
	if !(spread > 0) {
		return nil, errors.New("all block maxima are equal")
	}
	best := &gevFit{x: x, minNLL: math.Inf(1)}
	objective := func(v []float64) float64 { return best.at(v[0], v[1], v[2]) }
	start := moments.gev()
	if len(x) > 2*manyMaxima {
		var err error
		if best.thin, err = fitGEV(stat.Thinned(x, 2*manyMaxima)); err != nil {
			return nil, err
		}
		start = best.thin.GEV
	}
	for _, shape := range []float64{start.Shape, 0, -0.3, 0.3} {
		d := dist.GEV{Loc: start.Loc, Scale: start.Scale, Shape: shape}
		for math.IsInf(best.at(d.Loc, math.Log(d.Scale), d.Shape), 1) && d.Scale < 1e6*spread {
			d.Scale *= 1.5
		}
		if math.IsInf(best.at(d.Loc, math.Log(d.Scale), d.Shape), 1) {
			continue
		}
		v, nll := stat.Newton(objective, []float64{d.Loc, math.Log(d.Scale), d.Shape}, []float64{spread, 1, 1})
		if nll < best.minNLL-1e-9 {
			best.GEV = dist.GEV{Loc: v[0], Scale: math.Exp(v[1]), Shape: v[2]}
			best.minNLL = nll
		}
		if len(x) > manyMaxima && best.Shape > shortestShape {
			break
		}
	}
	if math.IsInf(best.minNLL, 1) || best.Shape < shortestShape {
		return nil, errNoMaximum
	}
	return best, nil
}

// at is the negative log-likelihood; +Inf outside the domain, in which the
// shape exceeds −1.
func (f *gevFit) at(loc, logScale, shape float64) float64 {
	if shape <= -1 || !(math.Abs(logScale) < 300) {
		return math.Inf(1)
	}
	nll := f.nll(dist.GEV{Loc: loc, Scale: math.Exp(logScale), Shape: shape})
	if math.IsNaN(nll) {
		return math.Inf(1)
	}
	return nll
}

// likelihoodChunk is how many values one CPU adds up at a time; the sum of the
// chunks does not depend on the number of CPUs.
const likelihoodChunk = 1 << 16

func (f *gevFit) nll(d dist.GEV) float64 {
	if len(f.x) <= likelihoodChunk {
		return d.NLL(f.x)
	}
	chunks := slices.Collect(slices.Chunk(f.x, likelihoodChunk))
	sums := make([]float64, len(chunks))
	parallel.For(context.Background(), len(chunks), func(i int) { sums[i] = d.NLL(chunks[i]) })
	total := 0.0
	for _, sum := range sums {
		total += sum
	}
	return total
}

// shapeLimits are the profile-likelihood limits of the shape at signed root r.
func (f *gevFit) shapeLimits(r float64) (lower, upper float64) {
	if f.thin != nil {
		lower, upper = f.thin.shapeLimits(r)
		return f.Shape + f.narrow(lower-f.thin.Shape), f.Shape + f.narrow(upper-f.thin.Shape)
	}
	side := func(direction float64) float64 {
		v := []float64{f.Loc, math.Log(f.Scale)}
		excess := func(shape float64) float64 {
			g := func(w []float64) float64 { return f.at(w[0], w[1], shape) }
			best, nll := stat.Newton(g, feasible(g, v, 1, 0.1), []float64{f.Scale, 1})
			if !math.IsInf(nll, 0) {
				v = best
			}
			return nll - f.minNLL - r*r/2
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
	// q = loc + σ·z(ξ) leaves two of three free: location and shape for a far
	// quantile, where z is too steep in the shape to be multiplied by a free
	// scale; scale and shape for a near one, where z may be 0.
	unit := func(shape float64) float64 { return dist.GEV{Scale: 1, Shape: shape}.SurvivalQuantile(s) }
	far := s < 0.3
	v, scale, grow := []float64{math.Log(f.Scale), f.Shape}, []float64{1, 1}, 0.1
	if far {
		v, scale, grow = []float64{f.Loc, f.Shape}, []float64{f.Scale, 1}, -0.1*f.Scale
	}
	excess := func(q float64) float64 {
		g := func(w []float64) float64 {
			if far {
				return f.at(w[0], math.Log((q-w[0])/unit(w[1])), w[1])
			}
			return f.at(q-math.Exp(w[0])*unit(w[1]), w[0], w[1])
		}
		best, nll := stat.Newton(g, feasible(g, v, 0, grow), scale)
		if !math.IsInf(nll, 0) {
			v = best
		}
		return nll - f.minNLL - r*r/2
	}
	q := f.SurvivalQuantile(s)
	return stat.Crossing(excess, q, 0.02*r*math.Abs(q-f.Loc)+1e-3*r*f.Scale)
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
