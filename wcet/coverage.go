package wcet

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"github.com/memkit-go/memkit/wcet/dist"
)

// CoverageOptions of [Coverage].
type CoverageOptions struct {
	// Reps is how many samples are drawn of each family; 0: 200.
	Reps int
	// N is the size of each sample; 0: 2000.
	N int
	// Target exceedance probability; 0: 1e-6.
	Target float64
	// Seed of all draws.
	Seed uint64
	// Progress, when set, is called after every estimate with the number done and
	// the number of all, by one goroutine at a time.
	Progress func(done, all int)
}

// FamilyCoverage says how often the bound of one known distribution covered the
// truth.
type FamilyCoverage struct {
	Name string `json:"name"`
	// Coverage is the share of given bounds at or above the true quantile; CI its
	// two-sided 95% interval (Clopper & Pearson).
	Coverage float64    `json:"coverage"`
	CI       [2]float64 `json:"ci"`
	// Refused is the share of samples without a supported bound.
	Refused float64 `json:"refused"`
	// RatioMedian and RatioP95 say how wide the given bounds are: upper limit
	// over truth. A bound of infinity always covers. NaN, in JSON null, where no
	// bound was given, as Coverage and Point.
	RatioMedian float64 `json:"ratio_median"`
	RatioP95    float64 `json:"ratio_p95"`
	// Point counts given bounds whose mere estimate covers, to show why nobody
	// should gate on it.
	Point float64 `json:"point"`
}

// A family is a process with known marginal quantiles.
type family struct {
	name  string
	truth func(p float64) float64
	draw  func(rng *rand.Rand, x []float64)
	// order judges the order-statistic limit at p = orderTarget in place of the
	// extreme-value bound: the families are dependent.
	order bool
}

// orderTarget is the exceedance probability of the dependent families.
const orderTarget = 0.01

// lognormalSigma is the log standard deviation of the lognormal family.
const lognormalSigma = 0.4

func families() []family {
	gpd := func(shape float64) dist.GPD { return dist.GPD{Scale: 1, Shape: shape} }
	return []family{
		independent("exponential", gpd(0).SurvivalQuantile),
		independent("gpd+0.1", gpd(0.1).SurvivalQuantile),
		independent("gpd-0.2", gpd(-0.2).SurvivalQuantile),
		{name: "gamma8", truth: func(p float64) float64 { return mathext.GammaIncRegCompInv(8, p) }, draw: drawGamma8},
		{name: "lognormal", truth: func(p float64) float64 { return math.Exp(-lognormalSigma * normalQuantile(p)) },
			draw: func(rng *rand.Rand, x []float64) {
				for i := range x {
					x[i] = math.Exp(lognormalSigma * rng.NormFloat64())
				}
			}},
		armax("armax-0.5", 0.5),
		armax("armax-0.2", 0.2),
		{name: "bursts", truth: burstQuantile, draw: drawBursts, order: true},
	}
}

// independent draws the quantiles, given by survival probability, of uniform numbers.
func independent(name string, quantile func(s float64) float64) family {
	return family{name: name, truth: quantile, draw: func(rng *rand.Rand, x []float64) {
		for i := range x {
			x[i] = quantile(1 - rng.Float64())
		}
	}}
}

// drawGamma8 draws sums of eight exponentials.
func drawGamma8(rng *rand.Rand, x []float64) {
	for i := range x {
		product := 1.0
		for range 8 {
			product *= 1 - rng.Float64()
		}
		x[i] = -math.Log(product)
	}
}

// armax is the moving maximum Xₜ = max((1−θ)Xₜ₋₁, θZₜ) of unit Fréchet noise
// (Davis & Resnick 1989): unit Fréchet margins, extremal index θ.
func armax(name string, theta float64) family {
	frechet := func(rng *rand.Rand) float64 { return -1 / math.Log(1-rng.Float64()) }
	return family{
		name: name, order: true,
		truth: func(p float64) float64 { return -1 / math.Log1p(-p) },
		draw: func(rng *rand.Rand, x []float64) {
			last := frechet(rng)
			for i := range x {
				last = max((1-theta)*last, theta*frechet(rng))
				x[i] = last
			}
		},
	}
}

const (
	// burstShare of the time a host steals; a burst lasts burstLength samples on
	// average, each delayed by burstDelay.
	burstShare  = 0.02
	burstLength = 10
	burstDelay  = 5
)

// drawBursts draws exponential latencies on a host that steals in bursts, with
// geometric lengths of burst and calm.
func drawBursts(rng *rand.Rand, x []float64) {
	stolen := rng.Float64() < burstShare
	for i := range x {
		if stolen {
			stolen = rng.Float64() >= 1.0/burstLength
		} else {
			stolen = rng.Float64() < burstShare/(1-burstShare)/burstLength
		}
		x[i] = rng.ExpFloat64()
		if stolen {
			x[i] += burstDelay
		}
	}
}

// burstQuantile inverts (1−b)e⁻ˣ + b·min(1, e^(delay−x)) = p.
func burstQuantile(p float64) float64 {
	survival := func(x float64) float64 {
		return (1-burstShare)*math.Exp(-x) + burstShare*min(1, math.Exp(burstDelay-x))
	}
	return root(func(x float64) float64 { return math.Log(survival(x) / p) }, 0, 100, 1e-12)
}

// Coverage runs the whole estimate, refusals included, on samples of known
// distributions. The independent families are bounded by [Fit] at Target; the
// dependent ones by order statistics at p = 0.01. It uses all CPUs, and the result
// does not depend on how many. The error is ctx's, or that of an option.
func Coverage(ctx context.Context, opt CoverageOptions) ([]FamilyCoverage, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	all := families()
	count := tally(opt.Progress, len(all)*opt.Reps)
	var result []FamilyCoverage
	for i, f := range all {
		bounds := f.bounds(ctx, opt, uint64(i), count)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		result = append(result, f.coverage(bounds, opt))
	}
	return result, nil
}

func (o CoverageOptions) withDefaults() (CoverageOptions, error) {
	if o.Reps == 0 {
		o.Reps = 200
	}
	if o.N == 0 {
		o.N = 2000
	}
	if o.Target == 0 {
		o.Target = DefaultTarget
	}
	if o.Reps < 0 {
		return o, fmt.Errorf("wcet: CoverageOptions.Reps %d: must be >0; 200 are quick, 2000 precise", o.Reps)
	}
	if least := int(minExceedances / maxTailShare); o.N < least {
		return o, fmt.Errorf("wcet: CoverageOptions.N %d: must be ≥%d, or no sample has a tail to fit", o.N, least)
	}
	return o, checkTarget("CoverageOptions.Target", o.Target)
}

// target is the exceedance probability that the family is bounded at.
func (f family) target(opt CoverageOptions) float64 {
	if f.order {
		return orderTarget
	}
	return opt.Target
}

func (f family) coverage(bounds []Bound, opt CoverageOptions) FamilyCoverage {
	truth := f.truth(f.target(opt))
	var ratios []float64
	covered, point := 0, 0
	for _, b := range bounds {
		if !b.Supported {
			continue
		}
		ratios = append(ratios, b.Upper/truth)
		if b.Upper >= truth {
			covered++
		}
		if b.Value >= truth {
			point++
		}
	}
	given := float64(len(ratios))
	slices.Sort(ratios)
	return FamilyCoverage{
		Name:        f.name,
		Coverage:    float64(covered) / given,
		CI:          [2]float64{rateLower(float64(covered), given, 0.975), rateUpper(float64(covered), given, 0.975)},
		Refused:     1 - given/float64(opt.Reps),
		RatioMedian: quantile(ratios, 0.5),
		RatioP95:    quantile(ratios, 0.95),
		Point:       float64(point) / given,
	}
}

// bounds estimates every repetition; each has a random stream of its own.
func (f family) bounds(ctx context.Context, opt CoverageOptions, stream uint64, count func()) []Bound {
	bounds := make([]Bound, opt.Reps)
	spread(ctx, opt.Reps, func(rep int) {
		x := make([]float64, opt.N)
		f.draw(rand.New(rand.NewPCG(opt.Seed, stream<<32|uint64(rep))), x)
		bounds[rep] = f.bound(x, f.target(opt))
		count()
	})
	return bounds
}

// bound is what a user gets for x.
func (f family) bound(x []float64, target float64) Bound {
	if f.order {
		q := newSample([][]float64{x}).limits(1-target, DefaultConfidence, DefaultConfidence)
		return Bound{Value: q.Estimate, Upper: q.Upper, Supported: !math.IsNaN(q.Upper)}
	}
	r, err := Fit(x, FitOptions{Target: target})
	if err != nil {
		return Bound{}
	}
	return r.Bound
}
