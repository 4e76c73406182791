package evt

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/wcet/dist"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// gpdDraw is a sample of a random generalised Pareto distribution, as gevDraw.
func gpdDraw(seed uint64, n int) (excesses, dist.GPD) {
	rng := rand.New(rand.NewPCG(seed, 0x9d))
	truth := dist.GPD{Scale: math.Exp(2 * rng.NormFloat64()), Shape: -0.8 + 1.8*rng.Float64()}
	if seed%3 == 0 {
		truth.Shape = -0.8 + 0.5*rng.Float64()
	}
	x := make([]float64, n)
	for i := range x {
		x[i] = truth.SurvivalQuantile(1 - rng.Float64())
	}
	slices.Sort(x)
	return newExcesses(x, 0, 0), truth
}

// A fit is never worse than the distribution that the values were drawn from.
func TestGPDIsNoWorseThanTheTruth(t *testing.T) {
	testenv.SkipInRaceRun(t)
	sizes, seeds := []int{50, 300, 5000, 40_000}, uint64(24)
	if soak() {
		sizes, seeds = append(sizes, 100_000), 200
	}
	for _, n := range sizes {
		if testing.Short() && n > 5000 {
			continue
		}
		for seed := range seeds {
			e, truth := gpdDraw(seed, n)
			fit, err := fitGPD(e)
			if err != nil {
				if n > 300 || truth.Shape > -0.4 {
					t.Errorf("n %d, seed %d, %+v: %v", n, seed, truth, err)
				}
				continue
			}
			if want := e.nll(truth.Scale, truth.Shape); fit.minNLL > want+1e-6 {
				t.Errorf("n %d, seed %d, %+v: %+v has nll %.6f, the truth %.6f", n, seed, truth, fit.dist(), fit.minNLL, want)
			}
		}
	}
}

// The deviance at every limit is that of its signed root.
func TestGPDLimitsAreOnTheProfile(t *testing.T) {
	const r = 1.96
	seeds := uint64(8)
	if soak() {
		seeds = 200
	}
	for seed := range seeds {
		for _, n := range []int{60, 500} {
			e, truth := gpdDraw(seed, n)
			fit, err := fitGPD(e)
			if err != nil {
				if truth.Shape > -0.4 {
					t.Error(err)
				}
				continue
			}
			lower, upper := fit.shapeLimits(r)
			for name, limit := range map[string]float64{"lower": lower, "upper": upper} {
				if limit <= -0.999 {
					continue
				}
				// By the logarithm of the distance of the scale from its least value.
				least := max(0, -limit*e.largest())
				_, nll := stat.Minimum(func(v float64) float64 { return e.nll(least+math.Exp(v), limit) }, math.Log(0.1*fit.scale), 0.3, 1e-8)
				if deviance := 2 * (nll - fit.minNLL); !(math.Abs(deviance-r*r) < 0.02) {
					t.Errorf("n %d, seed %d (%+v), shape's %s limit %v: deviance %v", n, seed, fit.dist(), name, limit, deviance)
				}
			}
			for _, hazard := range []float64{2, 5, 12} {
				for _, sign := range []float64{-1, 1} {
					z := fit.quantileLimit(hazard, sign*r)
					least := math.Inf(1)
					for shape := -0.99; shape < 2.5; shape += 0.08 {
						g := func(shape float64) float64 {
							return e.nll(z/(dist.GPD{Scale: 1, Shape: shape}).SurvivalQuantile(math.Exp(-hazard)), shape)
						}
						if math.IsInf(g(shape), 1) {
							continue
						}
						_, nll := stat.Minimum(g, shape, 0.02, 1e-8)
						least = min(least, nll)
					}
					if deviance := 2 * (least - fit.minNLL); !(math.Abs(deviance-r*r) < 0.02) && !math.IsInf(z, 0) {
						t.Errorf("n %d, seed %d (%+v), hazard %v at root %v: limit %v of %v, deviance %v", n, seed, fit.dist(), hazard, sign*r, z, fit.excessQuantile(hazard), deviance)
					}
				}
			}
		}
	}
}

// The sum of logarithms is that of single ones, for light and heavy tails, small rates
// and large ones, ties and few values.
func TestSumLog1p(t *testing.T) {
	for _, n := range []int{1, 7, 8, 9, 500} {
		y := stat.SortedCopy(sampleOf(n, unit))
		for _, tied := range []bool{false, true} {
			if tied {
				y = append(y, y[n-1])
			}
			e := newExcesses(y, 0, 0)
			for _, share := range []float64{-1 + 1e-12, -0.9, -1e-3, -1e-9, 1e-9, 2e-3, 1, 1e20, 1e40} {
				rate := share / e.largest()
				want := 0.0
				for i, v := range e.y {
					want += e.weight[i] * math.Log1p(rate*v)
				}
				if got := e.sumLog1p(rate); !(math.Abs(got-want) <= 1e-11*math.Abs(want)) {
					t.Errorf("%d values, ties %v, rate·largest %v: %v, want %v", n, tied, share, got, want)
				}
			}
		}
	}
}

// With a timer's step the likelihood is that of the steps: of a coarse exponential
// sample it finds the scale and the shape, which single values would not give.
func TestIntervalLikelihood(t *testing.T) {
	x := sampleOf(20_000, unit)
	for i, v := range x {
		x[i] = math.Floor(v) + 0.5
	}
	e := newExcesses(stat.SortedCopy(x), 0, 1)
	want := 0.0
	for i, y := range e.y {
		want -= e.weight[i] * math.Log(math.Exp(-(y-0.5))-math.Exp(-(y+0.5)))
	}
	if got := e.nll(1, 0); math.Abs(got-want) > 1e-6*want {
		t.Errorf("nll %v, want %v", got, want)
	}
	fit, err := fitGPD(e)
	if err != nil || math.Abs(fit.scale-1) > 0.03 || math.Abs(fit.shape) > 0.03 {
		t.Errorf("%v, %v", fit, err)
	}
}

// Limits of a thinned sample are those of the whole, but for a few percent of their
// width.
func TestGPDThinnedLimits(t *testing.T) {
	e, _ := gpdDraw(1, 9*manyExcesses/4)
	fit, err := fitGPD(e)
	if err != nil || fit.thin == nil {
		t.Fatalf("thinned: %v, %v", fit, err)
	}
	whole := *fit
	whole.thin = nil
	lower, upper := fit.shapeLimits(1.96)
	wantLower, wantUpper := whole.shapeLimits(1.96)
	for name, c := range map[string][3]float64{
		"lower":    {lower, wantLower, wantUpper - wantLower},
		"upper":    {upper, wantUpper, wantUpper - wantLower},
		"quantile": {fit.quantileLimit(8, 1.96), whole.quantileLimit(8, 1.96), whole.quantileLimit(8, 1.96) - whole.excessQuantile(8)},
	} {
		if math.Abs(c[0]-c[1]) > 0.05*c[2] {
			t.Errorf("%s limit %v, want %v", name, c[0], c[1])
		}
	}
}
