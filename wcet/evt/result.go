package evt

import "github.com/memkit-go/memkit/wcet/dist"

// Result is what [Fit] found. Non-finite numbers are null in its JSON.
type Result struct {
	N int
	// GEV and GPD are nil where that model was not fitted.
	GEV *GEVResult
	GPD *GPDResult
	// Hypotheses by name.
	Hypotheses map[string]Hypothesis
	// ExtremalIndex by intervals.
	ExtremalIndex float64
	// LMoments of the fitted values: excesses, or block maxima.
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
	// RarestMode is the share of the rarest slow mode that the bound takes account
	// of; see [RarestMode].
	RarestMode float64
	// Extrapolation is the cap that the bound was held to.
	Extrapolation float64

	estimate *Estimate
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

// Dist returns the fitted distribution.
func (g *GPDResult) Dist() dist.GPD {
	return dist.GPD{Threshold: g.Threshold, Scale: g.Scale, Shape: g.Shape}
}
