package evt

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/wcet/dist"
	"github.com/memkit-go/memkit/wcet/internal/reference"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// gevDraw is a sample of a random extreme value distribution, with shapes from −.8 to
// 1 and every third sample of a light tail, which is the hard case.
func gevDraw(seed uint64, n int) (x []float64, truth dist.GEV) {
	rng := rand.New(rand.NewPCG(seed, 0x6e))
	truth = dist.GEV{Loc: 100 * rng.NormFloat64(), Scale: math.Exp(2 * rng.NormFloat64()), Shape: -0.8 + 1.8*rng.Float64()}
	if seed%3 == 0 {
		truth.Shape = -0.8 + 0.5*rng.Float64()
	}
	x = make([]float64, n)
	for i := range x {
		x[i] = truth.Quantile(1 - rng.Float64())
	}
	return x, truth
}

// A fit is never worse than the distribution that the values were drawn from.
func TestGEVIsNoWorseThanTheTruth(t *testing.T) {
	testenv.SkipInRaceRun(t)
	sizes := []int{50, 300, 2000, 2001, 5000, 20_000}
	seeds := uint64(24)
	if soak() {
		sizes, seeds = append(sizes, 100_000), 143
	}
	for _, n := range sizes {
		if testing.Short() && n > 5000 {
			continue
		}
		for seed := range seeds {
			if n > 5000 && seed >= 8 && !soak() {
				break
			}
			x, truth := gevDraw(seed, n)
			fit, err := fitGEV(x)
			if err != nil {
				if n > 300 || truth.Shape > -0.5 {
					t.Errorf("n %d, seed %d, %+v: %v", n, seed, truth, err)
				}
				continue
			}
			if want := truth.NLL(x); fit.minNLL > want+1e-6 {
				t.Errorf("n %d, seed %d, %+v: nll %.6f, the truth has %.6f", n, seed, truth, fit.minNLL, want)
			}
			reference.Near(t, "nll of the fitted parameters", fit.NLL(x), fit.minNLL, 1e-6*float64(n))
		}
	}
}

// Light tails on which a search in the usual parameters ended at shape −.67 and nll
// 10173.5, and gave the estimate itself as the shape's upper limit.
func TestGEVLightTails(t *testing.T) {
	testenv.SkipInRaceRun(t)
	fit, err := fitGEV(reference.Set(t, "gev_light_n5000"))
	if err != nil {
		t.Fatal(err)
	}
	reference.Near(t, "shape", fit.Shape, -0.509, 0.001)
	reference.Near(t, "scale", fit.Scale, 2.0, 0.05)
	reference.Near(t, "nll", fit.minNLL, 9874.4, 0.05)

	fit, err = fitGEV(reference.Set(t, "gev_light_ci"))
	if err != nil {
		t.Fatal(err)
	}
	lower, upper := fit.shapeLimits(stat.NormalQuantile(0.975))
	const wantLower, wantUpper = -0.4616, -0.4415
	reference.Near(t, "shape's lower limit", lower, wantLower, 0.01*(wantUpper-wantLower))
	reference.Near(t, "shape's upper limit", upper, wantUpper, 0.01*(wantUpper-wantLower))
}

// nested minimises over the shape and one more parameter by nested one-dimensional
// searches, from many starts: slow, and sure.
func nested(shape, start float64, nll func(shape, v float64) float64) float64 {
	least := math.Inf(1)
	step := 0.12
	if soak() {
		step = 0.04
	}
	for offset := -0.24; offset <= 0.24; offset += step {
		inner := start
		byShape := func(shape float64) float64 {
			best, value := stat.Minimum(func(v float64) float64 { return nll(shape, v) }, inner, 0.1, 1e-8)
			if !math.IsInf(value, 1) {
				inner = best
			}
			return value
		}
		_, value := stat.Minimum(byShape, shape+offset, 0.01, 1e-7)
		least = min(least, value)
	}
	return least
}

// profileOracle is the least negative log-likelihood with the quantile q.
func profileOracle(fit *gevFit, q, y float64) float64 {
	if q < fit.largest {
		start := math.Log(max(scaleAt(fit.GEV, fit.anchor(fit.Shape)), 1e-3*fit.Scale))
		return nested(fit.Shape, start, func(shape, v float64) float64 {
			return fit.profileQuantile(shape, v, q, y, fit.anchor(shape))
		})
	}
	start := boxCox(fit.Shape, (fit.Loc-fit.middle)/scaleAt(fit.GEV, fit.middle))
	return nested(fit.Shape, start, func(shape, a float64) float64 {
		return fit.profileQuantile(shape, math.Log((q-fit.middle)/boxCoxInverse(shape, a+y)), q, y, fit.middle)
	})
}

// The deviance at every limit is that of its signed root.
func TestGEVLimitsAreOnTheProfile(t *testing.T) {
	testenv.SkipInRaceRun(t)
	const r = 1.96
	seeds := uint64(4)
	if soak() {
		seeds = 100
	}
	for seed := range seeds {
		x, truth := gevDraw(seed, 400)
		fit, err := fitGEV(x)
		if err != nil {
			if truth.Shape > -0.5 {
				t.Error(err)
			}
			continue
		}
		lower, upper := fit.shapeLimits(r)
		for name, limit := range map[string]float64{"lower": lower, "upper": upper} {
			if limit <= -1 {
				continue
			}
			_, nll := stat.Minimum(func(v float64) float64 {
				nll, _ := fit.profileLocation(limit, v, fit.anchor(limit))
				return nll
			}, math.Log(max(scaleAt(fit.GEV, fit.anchor(limit)), 1e-2*fit.Scale)), 0.3, 1e-8)
			if deviance := 2 * (nll - fit.minNLL); !(math.Abs(deviance-r*r) < 0.02) {
				t.Errorf("seed %d (%+v), shape's %s limit %v of %v: deviance %v", seed, fit.GEV, name, limit, fit.Shape, deviance)
			}
		}
		for _, s := range []float64{0.1, 0.01, 1e-4, 1e-6} {
			y := -math.Log(-math.Log1p(-s))
			for _, sign := range []float64{-1, 1} {
				q := fit.quantileLimit(s, sign*r)
				if deviance := 2 * (profileOracle(fit, q, y) - fit.minNLL); !(math.Abs(deviance-r*r) < 0.02) && !math.IsInf(q, 0) {
					t.Errorf("seed %d (%+v), quantile %g at root %v: limit %v of %v, deviance %v", seed, fit.GEV, s, sign*r, q, fit.SurvivalQuantile(s), deviance)
				}
			}
		}
	}
}

// Limits of a thinned sample are those of the whole, but for a few percent of their
// width: half a percent with the 25,000 values that are kept, more with fewer.
func TestGEVThinnedLimits(t *testing.T) {
	testenv.SkipInRaceRun(t)
	keep, tolerance := 4000, 0.03
	if soak() {
		keep, tolerance = thinnedMaxima, 0.01
	}
	old := thinnedMaxima
	thinnedMaxima = keep
	t.Cleanup(func() { thinnedMaxima = old })
	x, _ := gevDraw(5, 9*keep/4)
	fit, err := fitGEV(x)
	if err != nil || fit.thin == nil {
		t.Fatalf("thinned: %v, %v", fit.thin != nil, err)
	}
	lower, upper := fit.shapeLimits(1.96)
	whole := *fit
	whole.thin = nil
	wantLower, wantUpper := whole.shapeLimits(1.96)
	reference.Near(t, "lower", lower, wantLower, tolerance*(wantUpper-wantLower))
	reference.Near(t, "upper", upper, wantUpper, tolerance*(wantUpper-wantLower))
}
