package wcet

import (
	"context"

	"github.com/memkit-go/memkit/wcet/evt"
)

// The types of package [evt] under the names that users of this one need.
type (
	// Bound is an upper confidence limit of the value exceeded with some probability.
	Bound = evt.Bound
	// Hypothesis is the outcome of one test.
	Hypothesis = evt.Hypothesis
	// FitOptions of [Fit]; the zero value is usable.
	FitOptions = evt.Options
	// FitResult is what [Fit] found.
	FitResult = evt.Result
	// GPDResult is a fitted tail of exceedances.
	GPDResult = evt.GPDResult
	// GEVResult is a fitted distribution of block maxima.
	GEVResult = evt.GEVResult
	// Model names an estimator of [Fit].
	Model = evt.Model
	// Likelihood selects how values on a timer's grid count in [Fit].
	Likelihood = evt.Likelihood
)

// Defaults of every analysis, as in package [evt].
const (
	DefaultConfidence = evt.DefaultConfidence
	DefaultTarget     = evt.DefaultTarget
	MaxExtrapolation  = evt.MaxExtrapolation
)

// Models and likelihoods of [Fit], as in package [evt].
const (
	ModelAuto          = evt.ModelAuto
	ModelGPD           = evt.ModelGPD
	ModelGEV           = evt.ModelGEV
	LikelihoodAuto     = evt.LikelihoodAuto
	LikelihoodExact    = evt.LikelihoodExact
	LikelihoodInterval = evt.LikelihoodInterval
)

// Errors of [Fit], as in package [evt].
var (
	ErrNoSamples = evt.ErrNoSamples
	ErrNotFinite = evt.ErrNotFinite
	ErrTooLarge  = evt.ErrTooLarge
	ErrConstant  = evt.ErrConstant
)

// Fit estimates the tail of x; see [evt.Fit].
func Fit(x []float64, opt FitOptions) (*FitResult, error) { return evt.Fit(x, opt) }

// FitSeries is [Fit] of several series as one population; see [evt.FitSeries].
func FitSeries(ctx context.Context, series [][]float64, opt FitOptions) (*FitResult, error) {
	return evt.FitSeries(ctx, series, opt)
}
