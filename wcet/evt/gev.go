package evt

import (
	"fmt"
	"math"
	"slices"

	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// maximaTail is a generalised extreme value fit of block maxima.
type maximaTail struct {
	// fit is nil where nothing could be fitted; reasons then say why.
	fit     *gevFit
	block   int
	reasons []string
}

// fitMaxima fits the maxima of blocks of opt.Block values.
func fitMaxima(s *Sample, opt Options) Tail {
	t := &maximaTail{block: max(1, opt.Block)}
	maxima := blockMaxima(s.Parts(), t.block)
	fit, err := fitGEV(maxima)
	if err != nil {
		t.reasons = []string{err.Error()}
		return t
	}
	t.fit = fit
	_, upper := fit.shapeLimits(stat.NormalQuantile(0.975))
	t.reasons = shapeReasons(fit.Shape, upper)
	if len(maxima) < minExceedances {
		t.reasons = append(t.reasons, fmt.Sprintf("%d block maxima: a bound needs at least %d", len(maxima), minExceedances))
	}
	if value := fit.andersonDarling(); !(value <= gumbelPoint) {
		t.reasons = append(t.reasons, fmt.Sprintf("the maxima do not follow the fitted distribution (Anderson–Darling %.2f, 1%% point %.2f)", value, gumbelPoint))
	}
	return t
}

// Quantile estimates the value that one value, not a maximum, exceeds with
// probability p.
func (t *maximaTail) Quantile(p float64) float64 {
	if t.fit == nil {
		return math.NaN()
	}
	return t.fit.SurvivalQuantile(perBlock(p, t.block))
}

// Limit is the profile-likelihood limit of that value, its signed root widened.
func (t *maximaTail) Limit(p, confidence float64) float64 {
	if t.fit == nil {
		return math.NaN()
	}
	return t.fit.quantileLimit(perBlock(p, t.block), stat.NormalQuantile(confidence)*fixedInflation)
}

// Reasons why the fit supports no bound.
func (t *maximaTail) Reasons(float64) []string { return t.reasons }

func (t *maximaTail) describe(r *Result, opt Options) {
	if t.fit == nil {
		return
	}
	moments := lMoments(slices.Sorted(slices.Values(t.fit.x)))
	r.LMoments = &moments
	r.GEV = newGEVResult(t.fit, t.block, opt)
}

func (t *maximaTail) returnLevel(period float64) (level ReturnLevel, ok bool) {
	if t.fit == nil {
		return level, false
	}
	return ReturnLevel{
		Period: period,
		Value:  t.fit.SurvivalQuantile(1 / period),
		CI:     [2]float64{t.fit.quantileLimit(1/period, -returnLevelRoot), t.fit.quantileLimit(1/period, returnLevelRoot)},
	}, true
}

// newGEVResult describes a fit to maxima of blocks of so many values.
func newGEVResult(fit *gevFit, block int, opt Options) *GEVResult {
	lower, upper := fit.shapeLimits(stat.NormalQuantile(0.975))
	return &GEVResult{
		Loc: fit.Loc, Scale: fit.Scale, Shape: fit.Shape, NLL: fit.minNLL,
		ShapeCI: [2]float64{lower, upper}, Maxima: len(fit.x), Block: block,
		Gumbel: fit.gumbel(upper, perBlock(opt.Target, block), stat.NormalQuantile(opt.Confidence)*fixedInflation),
	}
}

// perBlock is the probability that the maximum of block values exceeds what one of
// them exceeds with probability p.
func perBlock(p float64, block int) float64 { return -math.Expm1(float64(block) * math.Log1p(-p)) }
