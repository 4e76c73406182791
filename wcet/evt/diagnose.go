package evt

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/memkit-go/memkit/wcet/internal/number"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

const (
	// bootstrapDraws is the most bootstrap samples of the goodness-of-fit test,
	// which stops early once bootstrapStop of them fit worse than the data
	// (Besag & Clifford 1991).
	bootstrapDraws = 199
	bootstrapStop  = 10
	// fitLevel is the error rate of the goodness of fit and of the back-test.
	fitLevel = 0.01
	// estimatorDeviations is how many standard errors maximum likelihood and
	// L-moments may differ.
	estimatorDeviations = 4
	// mixtureDeviations and mixtureShift are how far a shape must rise from the
	// widest tail to the chosen one or one beyond to betray a second population:
	// by so many standard errors, and by so much. Smooth families (gamma,
	// lognormal) move by less than .1 over that range; a mixture of .1% moved
	// from .19 to .82.
	mixtureDeviations = 4
	mixtureShift      = 0.25
	// backTestExpected is how many samples of the second half should lie beyond
	// the level that the first half predicts.
	backTestExpected = 20
)

// goodnessOfFit tests the fit by parametric bootstrap: new samples from the
// fitted distribution, fitted again. It returns the p-value. With thousands of
// exceedances the asymptotic table is as good and takes no time.
func (f *gpdFit) goodnessOfFit(opt Options) float64 {
	if f.n > 4*maxExceedances {
		return andersonDarlingP(f.smoothed(opt.Seed).andersonDarling(), f.shape)
	}
	rng := rand.New(rand.NewPCG(opt.Seed, 0xb007))
	d := f.dist()
	observed := f.smoothed(opt.Seed).andersonDarling()
	worse := 0
	y := make([]float64, int(f.n))
	for draw := 1; draw <= bootstrapDraws && !opt.done(); draw++ {
		for i := range y {
			y[i] = d.SurvivalQuantile(rng.Float64())
		}
		again, err := fitGPD(newExcesses(stat.SortedCopy(y), 0, 0))
		if err == nil && again.andersonDarling() >= observed {
			worse++
		}
		if worse == bootstrapStop {
			return float64(worse) / float64(draw)
		}
	}
	return float64(worse+1) / float64(bootstrapDraws+1)
}

// estimatorReason compares maximum likelihood with L-moments.
func (f *gpdFit) estimatorReason() string {
	if f.half > 0 {
		// Ties bias the L-moments of excesses.
		return ""
	}
	other := lMoments(f.values()).gpd().Shape
	if math.Abs(other-f.shape) <= estimatorDeviations*f.shapeError() {
		return ""
	}
	return fmt.Sprintf("two estimators disagree about the shape (%.2f by likelihood, %.2f by L-moments): the exceedances are no generalised Pareto sample", f.shape, other)
}

// mixtureReason looks for a rare second population: a shape that rises from the
// widest tail to the chosen one, or a largest value out of all proportion.
func mixtureReason(s *Sample, list []scanned, chosen scanned, step float64) string {
	whole := s.thinned(mixtureSamples)
	wide, ok := candidate(whole, whole.Quantile(1-maxTailShare)+step/2, step, false, 0)
	for _, c := range list {
		if !ok || c.Threshold < chosen.Threshold {
			continue
		}
		// Both fits are of one tail if there is only one population.
		rise, error := c.Shape-wide.Shape, (1+max(wide.Shape, -0.9))*math.Sqrt(max(0, 1/c.fit.n-1/wide.fit.n))
		if rise > mixtureShift && rise > mixtureDeviations*error {
			return fmt.Sprintf("the shape rises from %.2f to %.2f towards the largest samples: a rare second population, which no fit of the rest bounds; find its cause", wide.Shape, c.Shape)
		}
	}
	f := chosen.fit
	if p := f.n * f.dist().Survival(f.largest()); p < fitLevel/10 {
		return fmt.Sprintf("the largest sample is out of proportion (p = %.2g under the fit): a rare second population; find its cause", p)
	}
	return ""
}

// mixtureSamples are enough to fit the widest tail: its 1e5 exceedances tell the
// shape to within .003, ten times better than the chosen tail's 500.
const mixtureSamples = 1 << 20

// backTestReasons fit the first half alone. The level that it says few samples
// exceed must hold in the second half (back-test), and its bound must contain
// what all samples estimate (convergence).
func backTestReasons(s *Sample, chosen scanned, step float64) []string {
	// Beyond that level each half has about twice the values that are asked for.
	first, second := s.halves(s.Exceeded(min(s.N(), 2*int(chosen.rate*float64(s.N()))+1)))
	k := chosen.rate * float64(first.N())
	if k < minExceedances {
		return nil
	}
	half, ok := candidate(first, first.Exceeded(int(k)+1)+step/2, step, false, 0)
	if !ok {
		return nil
	}
	t := exceedanceTail{threshold: half.Threshold, rate: half.rate, fit: half.fit, inflation: fixedInflation}
	var reasons []string
	p := min(half.rate/2, backTestExpected/float64(second.N()))
	level := t.profileLimit(p, DefaultConfidence)
	if m := float64(second.Above(level)); stat.BinomialAtLeast(m, float64(second.N()), p) < fitLevel {
		reasons = append(reasons, fmt.Sprintf("the first half promises that %.0f samples of the second exceed %s; %.0f do: the tail is not stationary", p*float64(second.N()), number.Quantity(level, s.Unit), m))
	}
	far := 1 / (10 * float64(s.N()))
	estimate, _ := chosen.quantile(far)
	if upper := t.profileLimit(far, DefaultConfidence); estimate > upper {
		reasons = append(reasons, fmt.Sprintf("the estimate has not converged: all samples give %s, beyond the limit %s that half of them gave", number.Quantity(estimate, s.Unit), number.Quantity(upper, s.Unit)))
	}
	return reasons
}

// crossCheckFit fits the maxima of about crossCheckBlocks blocks; nil where that
// cannot be done.
func crossCheckFit(s *Sample) (fit *gevFit, block int) {
	block = s.N() / crossCheckBlocks
	if block < minBlock {
		return nil, 0
	}
	fit, err := fitGEV(blockMaxima(s.Parts(), block))
	if err != nil {
		return nil, 0
	}
	return fit, block
}

// blockMaximaReason cross-checks with the other extreme-value model: the
// intervals of the shape must overlap.
func (t *exceedanceTail) blockMaximaReason(s *Sample, lower, upper float64) string {
	t.maxima, t.block = crossCheckFit(s)
	fit := t.maxima
	if fit == nil || fit.Shape >= lower && fit.Shape <= upper {
		return ""
	}
	lo, hi := fit.shapeLimits(crossCheckRoot)
	if lo <= upper && hi >= lower {
		return ""
	}
	return fmt.Sprintf("block maxima disagree about the shape (%.2f to %.2f against %.2f to %.2f): the tail does not follow extreme-value theory at this depth", lo, hi, lower, upper)
}

const (
	// crossCheckBlocks maxima are fitted in the cross-check, of blocks no
	// shorter than minBlock, at the signed root of a two-sided 99% interval.
	crossCheckBlocks = 100
	minBlock         = 20
	crossCheckRoot   = 2.576
)
