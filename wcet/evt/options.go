package evt

import (
	"fmt"
	"math"
	"slices"
)

const (
	// DefaultConfidence of every one-sided limit.
	DefaultConfidence = 0.95
	// DefaultTarget is the exceedance probability per value that a bound is given
	// for when none is asked.
	DefaultTarget = 1e-6
	// MaxExtrapolation is how far beyond the samples a bound may reach at most:
	// p ≥ 1/(1000·n) for n independent ones. It can only be lowered.
	MaxExtrapolation = 1000
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

// Options of [Fit]. The zero value is usable.
type Options struct {
	// Model names the estimator; empty: auto.
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

	// stopped reports whether the caller no longer waits; nil: never.
	stopped func() bool
}

// done reports whether to leave the rest of the work.
func (o Options) done() bool { return o.stopped != nil && o.stopped() }

func (o Options) withDefaults() (Options, error) {
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
	if err := CheckExtrapolation("evt: Options.Extrapolation", o.Extrapolation); err != nil {
		return o, err
	}
	if !slices.Contains(Models(), o.Model) {
		return o, fmt.Errorf("evt: Options.Model %q: must be %s", o.Model, modelNames())
	}
	switch o.Likelihood {
	case LikelihoodAuto, LikelihoodExact, LikelihoodInterval:
	default:
		return o, fmt.Errorf("evt: Options.Likelihood %q: must be auto, exact or interval", o.Likelihood)
	}
	if o.Block < 0 {
		return o, fmt.Errorf("evt: Options.Block %d: must be ≥0; 0 takes the values as maxima", o.Block)
	}
	if o.Block > 0 && o.Model != ModelGEV {
		return o, fmt.Errorf("evt: Options.Block %d: blocks belong to model gev, not %s", o.Block, o.Model)
	}
	if o.Threshold != nil && o.Model == ModelGEV {
		return o, fmt.Errorf("evt: Options.Threshold %v: thresholds belong to model gpd, not gev", *o.Threshold)
	}
	if o.Threshold != nil && (math.IsNaN(*o.Threshold) || math.IsInf(*o.Threshold, 0)) {
		return o, fmt.Errorf("evt: Options.Threshold %v: must be finite", *o.Threshold)
	}
	if err := CheckConfidence("evt: Options.Confidence", o.Confidence); err != nil {
		return o, err
	}
	return o, CheckTarget("evt: Options.Target", o.Target)
}

// CheckConfidence returns an error, which starts with field, unless c is the
// confidence of a one-sided limit.
func CheckConfidence(field string, c float64) error {
	if !(c > 0.5 && c < 1) {
		return fmt.Errorf("%s %v: must lie between 0.5 and 1; 0.95 is usual", field, c)
	}
	return nil
}

// CheckTarget returns an error, which starts with field, unless p is the exceedance
// probability of a rare event.
func CheckTarget(field string, p float64) error {
	if !(p > 0 && p <= 0.1) {
		return fmt.Errorf("%s %v: an exceedance probability lies in (0, 0.1]; 1e-6 is usual", field, p)
	}
	return nil
}

// CheckExtrapolation returns an error, which starts with field, unless the cap on
// extrapolation is within 1 to [MaxExtrapolation].
func CheckExtrapolation(field string, most float64) error {
	if !(most >= 1 && most <= MaxExtrapolation) {
		return fmt.Errorf("%s %v: must lie in [1, %d]; beyond that nothing is known of the tail", field, most, MaxExtrapolation)
	}
	return nil
}
