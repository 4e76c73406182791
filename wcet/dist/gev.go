package dist

import "math"

// GEV is the generalised extreme value distribution of block maxima (Jenkinson
// 1955; Coles 2001, section 3.1). Shape 0 is the Gumbel distribution.
type GEV struct {
	// Loc μ, in the data's unit.
	Loc float64
	// Scale σ > 0, in the data's unit.
	Scale float64
	// Shape ξ; positive is a heavy tail.
	Shape float64
}

// reduced is the Gumbel variate y = log(1+ξz)/ξ with z = (x−Loc)/Scale, so that
// CDF(x) = exp(−exp(−y)): −Inf below the support, +Inf above it.
func (d GEV) reduced(x float64) float64 {
	if !(d.Scale > 0) {
		return math.NaN()
	}
	z := (x - d.Loc) / d.Scale
	if 1+d.Shape*z <= 0 {
		return math.Inf(-int(math.Copysign(1, d.Shape)))
	}
	return logRatio(d.Shape, z)
}

// CDF returns P(X ≤ x).
func (d GEV) CDF(x float64) float64 { return math.Exp(-math.Exp(-d.reduced(x))) }

// Survival returns P(X > x), exact in relative terms however small.
func (d GEV) Survival(x float64) float64 { return -math.Expm1(-math.Exp(-d.reduced(x))) }

// Quantile returns the x with CDF(x) = p. It is NaN for p outside [0, 1].
func (d GEV) Quantile(p float64) float64 { return d.fromRate(-math.Log(p)) }

// SurvivalQuantile returns the x with Survival(x) = s. It is NaN for s outside
// [0, 1].
func (d GEV) SurvivalQuantile(s float64) float64 { return d.fromRate(-math.Log1p(-s)) }

// fromRate inverts rate = exp(−y).
func (d GEV) fromRate(rate float64) float64 {
	if !(d.Scale > 0) || rate < 0 {
		return math.NaN()
	}
	y := -math.Log(rate)
	switch {
	case math.IsInf(y, 1):
		return upperEnd(d.Loc, d.Scale, d.Shape)
	case math.IsInf(y, -1):
		// The lower end of a heavy tail mirrors the upper end of a light one.
		return -upperEnd(-d.Loc, d.Scale, -d.Shape)
	}
	return d.Loc + d.Scale*expRatio(d.Shape, y)
}

// LogProb returns the logarithm of the density at x, −Inf outside the support.
func (d GEV) LogProb(x float64) float64 {
	y := d.reduced(x)
	if math.IsInf(y, 0) {
		return math.Inf(-1)
	}
	return -math.Log(d.Scale) - (1+d.Shape)*y - math.Exp(-y)
}

// NLL returns the negative log-likelihood of x, +Inf where a value lies outside
// the support.
func (d GEV) NLL(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		y := d.reduced(v)
		if math.IsInf(y, 0) {
			return math.Inf(1)
		}
		sum += (1+d.Shape)*y + math.Exp(-y)
	}
	return sum + float64(len(x))*math.Log(d.Scale)
}
