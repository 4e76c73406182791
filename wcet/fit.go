package wcet

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/memkit-go/memkit/wcet/dist"
)

// Model selects what [Fit] fits.
type Model string

const (
	// ModelAuto chooses a threshold, fits exceedances and cross-checks with
	// block maxima; the zero value.
	ModelAuto Model = "auto"
	// ModelGPD fits the exceedances of FitOptions.Threshold.
	ModelGPD Model = "gpd"
	// ModelGEV fits block maxima: the values themselves, or maxima of
	// FitOptions.Block values.
	ModelGEV Model = "gev"
)

// Likelihood selects how values on a timer's grid count.
type Likelihood string

const (
	// LikelihoodAuto uses intervals where the values lie on a grid and repeat,
	// in ModelAuto; ModelGPD and ModelGEV stay exact.
	LikelihoodAuto Likelihood = "auto"
	// LikelihoodExact takes every value as it is.
	LikelihoodExact Likelihood = "exact"
	// LikelihoodInterval takes every value as its timer step.
	LikelihoodInterval Likelihood = "interval"
)

// FitOptions of [Fit]. The zero value is usable.
type FitOptions struct {
	// Model; empty: auto.
	Model Model
	// Threshold for gpd: exceedances are values > Threshold. Nil: chosen.
	Threshold *float64
	// Block is the number of values in a block for gev; 0: the values are block
	// maxima themselves.
	Block int
	// Likelihood; empty: auto.
	Likelihood Likelihood
	// Target is the exceedance probability per value that the bound is for.
	// Zero: 1e-6.
	Target float64
	// Confidence of the bound, one-sided. Zero: 0.95.
	Confidence float64
	// Extrapolation is how many times beyond the number of independent values a
	// bound may reach: 1/p at most. It can be lowered only; zero is 1000.
	Extrapolation float64
	// Seed of the bootstrap. Zero is a fixed seed.
	Seed uint64
}

func (o FitOptions) withDefaults() (FitOptions, error) {
	if o.Model == "" {
		o.Model = ModelAuto
	}
	if o.Likelihood == "" {
		o.Likelihood = LikelihoodAuto
	}
	if o.Target == 0 {
		o.Target = DefaultTarget
	}
	if o.Confidence == 0 {
		o.Confidence = DefaultConfidence
	}
	if o.Extrapolation == 0 {
		o.Extrapolation = MaxExtrapolation
	}
	if err := checkExtrapolation("FitOptions.Extrapolation", o.Extrapolation); err != nil {
		return o, err
	}
	switch o.Model {
	case ModelAuto, ModelGPD, ModelGEV:
	default:
		return o, fmt.Errorf("wcet: FitOptions.Model %q: must be auto, gpd or gev", o.Model)
	}
	switch o.Likelihood {
	case LikelihoodAuto, LikelihoodExact, LikelihoodInterval:
	default:
		return o, fmt.Errorf("wcet: FitOptions.Likelihood %q: must be auto, exact or interval", o.Likelihood)
	}
	if o.Block < 0 {
		return o, fmt.Errorf("wcet: FitOptions.Block %d: must be ≥0; 0 takes the values as maxima", o.Block)
	}
	if o.Block > 0 && o.Model != ModelGEV {
		return o, fmt.Errorf("wcet: FitOptions.Block %d: blocks belong to model gev, not %s", o.Block, o.Model)
	}
	if o.Threshold != nil && o.Model == ModelGEV {
		return o, fmt.Errorf("wcet: FitOptions.Threshold %v: thresholds belong to model gpd, not gev", *o.Threshold)
	}
	if o.Threshold != nil && (math.IsNaN(*o.Threshold) || math.IsInf(*o.Threshold, 0)) {
		return o, fmt.Errorf("wcet: FitOptions.Threshold %v: must be finite", *o.Threshold)
	}
	if err := checkConfidence("FitOptions.Confidence", o.Confidence); err != nil {
		return o, err
	}
	return o, checkTarget("FitOptions.Target", o.Target)
}

// FitResult is what [Fit] found. Non-finite numbers are null in its JSON.
type FitResult struct {
	N int
	// GEV and GPD are nil where that model was not fitted.
	GEV *GEVResult
	GPD *GPDResult
	// Hypotheses by name.
	Hypotheses map[string]Hypothesis
	// ExtremalIndex by intervals.
	ExtremalIndex float64
	// LMoments of what was fitted: excesses, or block maxima.
	LMoments *LMoments
	// ThresholdScan lists the candidates when the threshold was chosen, from
	// the lowest up.
	ThresholdScan []Candidate
	// Resolution is the timer step found, 0 for none; Likelihood is the one
	// used, whether it takes account of the step or not.
	Resolution float64
	Likelihood Likelihood
	// Bound is the answer: the upper limit at the target, supported or not.
	Bound Bound
	// Extrapolation is the cap that the bound was held to.
	Extrapolation float64

	// What the return levels are computed from; at most one is set.
	tail   *tailModel
	maxima *gevFit
}

// GEVResult is a fitted block-maxima distribution.
type GEVResult struct {
	Loc, Scale, Shape float64
	NLL               float64
	// ShapeCI is the two-sided 95% profile-likelihood interval.
	ShapeCI [2]float64
	// Maxima fitted, of blocks of Block values each.
	Maxima, Block int
	// Gumbel is the case of shape 0.
	Gumbel *SpecialCase
}

// GPDResult is a fitted tail.
type GPDResult struct {
	Threshold    float64
	Exceedances  int
	Scale, Shape float64
	NLL          float64
	// ShapeCI is the two-sided 95% profile-likelihood interval.
	ShapeCI [2]float64
	// Exponential is the case of shape 0; nil where the target is no tail.
	Exponential *SpecialCase
}

var (
	// ErrNoSamples is returned for an empty sample.
	ErrNoSamples = errors.New("wcet: no samples")
	// ErrNotFinite is wrapped for a NaN or an infinity among the samples.
	ErrNotFinite = errors.New("not finite")
	// ErrConstant is wrapped when all samples are equal.
	ErrConstant = errors.New("all samples are equal: nothing to fit")
)

// Fit estimates the tail of x, which is in measuring order, and tests what the
// estimate rests on. It takes any finite numbers, negative ones too. It fails on
// input that cannot be estimated at all; valid input whose evidence does not
// support a bound gives a result with Bound.Supported false and the reasons.
func Fit(x []float64, opt FitOptions) (*FitResult, error) { return FitSeries([][]float64{x}, opt) }

// FitSeries is [Fit] of several series, such as those of the processes of a run, as
// one population. Each is in measuring order, and nothing is said of the order of
// one beside another. Where they differ more than chance allows, no bound is
// supported.
func FitSeries(series [][]float64, opt FitOptions) (*FitResult, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := checkSamples(series); err != nil {
		return nil, err
	}
	ev := &evidence{processes: len(series), seed: opt.Seed, pooled: newSample(series)}
	if len(series) > 1 {
		if h, ok := testBetween(ev.pooled); ok {
			ev.between = &h
		}
	}
	r := &FitResult{N: ev.pooled.n(), Hypotheses: ev.tests(), ExtremalIndex: ev.pooled.theta, Likelihood: LikelihoodExact, Extrapolation: opt.Extrapolation}
	if opt.Model == ModelGEV {
		r.fitMaxima(ev, opt)
	} else {
		r.fitExceedances(ev, opt)
	}
	if ev.between != nil && ev.between.Reject {
		r.Bound.Supported = false
		r.Bound.Reasons = append(r.Bound.Reasons, fmt.Sprintf("the series differ (Kruskal–Wallis, p = %.2g), and one fit bounds no single one; rtbench check bounds the worst", ev.between.P))
	}
	return r, nil
}

func checkSamples(series [][]float64) error {
	n, first, same := 0, 0.0, true
	for k, x := range series {
		for i, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				where := ""
				if len(series) > 1 {
					where = fmt.Sprintf(" of series %d", k)
				}
				return fmt.Errorf("wcet: sample %d%s is %v: %w", i, where, v, ErrNotFinite)
			}
			if n == 0 && i == 0 {
				first = v
			}
			same = same && v == first
		}
		n += len(x)
	}
	switch {
	case n == 0:
		return ErrNoSamples
	case same:
		return fmt.Errorf("wcet: %w (%d × %g)", ErrConstant, n, first)
	}
	return nil
}

// fitMaxima fits the block maxima model.
func (r *FitResult) fitMaxima(ev *evidence, opt FitOptions) {
	block := max(1, opt.Block)
	maxima := blockMaxima(ev.pooled.parts, block)
	r.Resolution = timerStep(ev.pooled.top)
	r.Bound = Bound{P: opt.Target, Value: math.NaN(), Upper: math.NaN(), Method: "gev-profile"}
	reasons := hypothesisReasons(ev.tests(), false)
	fit, err := fitGEV(maxima)
	if err != nil {
		r.Bound.Reasons = append(reasons, err.Error())
		return
	}
	moments := lMoments(slices.Sorted(slices.Values(maxima)))
	r.LMoments = &moments
	r.maxima = fit
	r.GEV = newGEVResult(fit, block, opt)
	upper := r.GEV.ShapeCI[1]
	t := tailModel{effective: ev.effective()}
	reasons = append(reasons, shapeReasons(fit.Shape, upper)...)
	if len(maxima) < minExceedances {
		reasons = append(reasons, fmt.Sprintf("%d block maxima: a bound needs at least %d", len(maxima), minExceedances))
	}
	if stat := fit.andersonDarling(); !(stat <= gumbelPoint) {
		reasons = append(reasons, fmt.Sprintf("the maxima do not follow the fitted distribution (Anderson–Darling %.2f, 1%% point %.2f)", stat, gumbelPoint))
	}
	r.Bound.Reasons = append(reasons, t.targetReasons(opt.Target, opt.Extrapolation)...)
	r.Bound.Supported = len(r.Bound.Reasons) == 0
	r.Bound.Value = fit.SurvivalQuantile(perBlock(opt.Target, block))
	r.Bound.Upper = fit.quantileLimit(perBlock(opt.Target, block), normalQuantile(opt.Confidence)*fixedInflation)
}

// fitExceedances fits the threshold model.
func (r *FitResult) fitExceedances(ev *evidence, opt FitOptions) {
	var t *tailModel
	if opt.Threshold == nil {
		likelihood := opt.Likelihood
		if likelihood == LikelihoodAuto && opt.Model == ModelGPD {
			likelihood = LikelihoodExact
		}
		t = fitTail(ev.pooled, ev.tests(), likelihood, opt.Seed)
	} else {
		step := 0.0
		if opt.Likelihood == LikelihoodInterval {
			step = timerStep(ev.pooled.top)
		}
		t = fitAt(ev.pooled, ev.tests(), *opt.Threshold, step, opt.Seed)
	}
	if t.resolution > 0 {
		r.Likelihood = LikelihoodInterval
	}
	r.Resolution = timerStep(ev.pooled.top)
	for _, c := range t.scan {
		r.ThresholdScan = append(r.ThresholdScan, c.Candidate)
	}
	r.tail = t
	r.Bound = t.bound(opt.Target, opt.Confidence, opt.Extrapolation)
	if tail := t.fitted(); tail != nil {
		r.GPD = &GPDResult{
			Threshold: tail.Threshold, Exceedances: tail.Exceedances,
			Scale: tail.Scale, Shape: tail.Shape, NLL: tail.NLL,
			ShapeCI: [2]float64{tail.ShapeLower, tail.ShapeUpper},
		}
		if opt.Target < t.rate {
			r.GPD.Exponential = t.fit.exponential(tail.ShapeUpper, t.hazard(opt.Target), t.root(opt.Confidence))
			r.GPD.Exponential.Upper += t.threshold
		}
		moments := lMoments(t.fit.values())
		r.LMoments = &moments
	}
	if t.maxima != nil && opt.Model == ModelAuto {
		r.GEV = newGEVResult(t.maxima, t.block, opt)
	}
}

// newGEVResult describes a fit to maxima of blocks of so many values.
func newGEVResult(fit *gevFit, block int, opt FitOptions) *GEVResult {
	lower, upper := fit.shapeLimits(normalQuantile(0.975))
	return &GEVResult{
		Loc: fit.Loc, Scale: fit.Scale, Shape: fit.Shape, NLL: fit.minNLL,
		ShapeCI: [2]float64{lower, upper}, Maxima: len(fit.x), Block: block,
		Gumbel: fit.gumbel(upper, perBlock(opt.Target, block), normalQuantile(opt.Confidence)*fixedInflation),
	}
}

// perBlock is the probability that the maximum of block values exceeds what one of
// them exceeds with probability p.
func perBlock(p float64, block int) float64 { return -math.Expm1(float64(block) * math.Log1p(-p)) }

// Dist returns the fitted distribution.
func (g *GPDResult) Dist() dist.GPD {
	return dist.GPD{Threshold: g.Threshold, Scale: g.Scale, Shape: g.Shape}
}
