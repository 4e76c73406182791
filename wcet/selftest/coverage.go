package selftest

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/memkit-go/memkit/wcet/evt"
	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/number"
	"github.com/memkit-go/memkit/wcet/internal/parallel"
	"github.com/memkit-go/memkit/wcet/internal/stat"
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
	// Point is the share of given bounds whose point estimate covers, to show why a
	// gate must not use it.
	Point float64 `json:"point"`
}

// orderTarget is the exceedance probability of the dependent families.
const orderTarget = 0.01

// Coverage runs the whole estimate, refusals included, on samples of known
// distributions. The independent families are bounded by [evt.Fit] at Target; the
// dependent ones by order statistics at p = 0.01. It uses all CPUs, and the result
// does not depend on how many. The error is ctx's, or that of an option.
func Coverage(ctx context.Context, opt CoverageOptions) ([]FamilyCoverage, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	all := family.Basic()
	count := tally(opt.Progress, len(all)*opt.Reps)
	var result []FamilyCoverage
	for i, f := range all {
		bounds := drawBounds(ctx, f, opt, uint64(i), count)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		result = append(result, coverageOf(f, bounds, opt))
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
		o.Target = evt.DefaultTarget
	}
	if o.Reps < 0 {
		return o, fmt.Errorf("selftest: CoverageOptions.Reps %d: must be >0; 200 are quick, 2000 precise", o.Reps)
	}
	if o.N < evt.MinSamples {
		return o, fmt.Errorf("selftest: CoverageOptions.N %d: must be ≥%d, or no sample has a tail to fit", o.N, evt.MinSamples)
	}
	return o, evt.CheckTarget("selftest: CoverageOptions.Target", o.Target)
}

// targetOf is the exceedance probability that the family is bounded at.
func targetOf(f family.Family, opt CoverageOptions) float64 {
	if f.Dependent {
		return orderTarget
	}
	return opt.Target
}

func coverageOf(f family.Family, bounds []evt.Bound, opt CoverageOptions) FamilyCoverage {
	truth := f.Truth(targetOf(f, opt))
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
		Name:        f.Name,
		Coverage:    float64(covered) / given,
		CI:          [2]float64{stat.RateLower(float64(covered), given, 0.975), stat.RateUpper(float64(covered), given, 0.975)},
		Refused:     1 - given/float64(opt.Reps),
		RatioMedian: stat.Quantile(ratios, 0.5),
		RatioP95:    stat.Quantile(ratios, 0.95),
		Point:       float64(point) / given,
	}
}

// drawBounds estimates every repetition; each has a random stream of its own.
func drawBounds(ctx context.Context, f family.Family, opt CoverageOptions, stream uint64, count func()) []evt.Bound {
	bounds := make([]evt.Bound, opt.Reps)
	parallel.For(ctx, opt.Reps, func(rep int) {
		x := make([]float64, opt.N)
		f.Draw(rand.New(rand.NewPCG(opt.Seed, stream<<32|uint64(rep))), x)
		bounds[rep] = boundOf(f, x, targetOf(f, opt))
		count()
	})
	return bounds
}

// boundOf is what a user gets for x.
func boundOf(f family.Family, x []float64, target float64) evt.Bound {
	if f.Dependent {
		sample := stat.NewSample([][]float64{x})
		_, upper := sample.Limits(1-target, evt.DefaultConfidence, evt.DefaultConfidence)
		return evt.Bound{Value: sample.Quantile(1 - target), Upper: upper, Supported: !math.IsNaN(upper)}
	}
	r, err := evt.Fit(x, evt.Options{Target: target})
	if err != nil {
		return evt.Bound{}
	}
	return r.Bound
}

type (
	plainFamily FamilyCoverage
	familyJSON  struct {
		*plainFamily
		Coverage    number.Nullable `json:"coverage"`
		RatioMedian number.Nullable `json:"ratio_median"`
		RatioP95    number.Nullable `json:"ratio_p95"`
		Point       number.Nullable `json:"point"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (c FamilyCoverage) MarshalJSON() ([]byte, error) {
	return json.Marshal(familyJSON{(*plainFamily)(&c), number.Nullable(c.Coverage), number.Nullable(c.RatioMedian), number.Nullable(c.RatioP95), number.Nullable(c.Point)})
}
