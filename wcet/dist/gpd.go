package dist

import "math"

// GPD is the generalised Pareto distribution of the values above a threshold
// (Pickands 1975; Coles 2001, section 4.2).
type GPD struct {
	// Threshold is the lower end of the support, in the data's unit.
	Threshold float64
	// Scale σ > 0, in the data's unit.
	Scale float64
	// Shape ξ; positive is a heavy tail.
	Shape float64
}

// CumulativeHazard returns −log S(x) = log(1+ξz)/ξ with z = (x−Threshold)/Scale:
// 0 below the support, +Inf above it.
func (d GPD) CumulativeHazard(x float64) float64 {
	if !(d.Scale > 0) {
		return math.NaN()
	}
	z := (x - d.Threshold) / d.Scale
	if z <= 0 {
		return 0
	}
	if d.Shape < 0 && 1+d.Shape*z <= 0 {
		return math.Inf(1)
	}
	return logRatio(d.Shape, z)
}

// CDF returns P(X ≤ x).
func (d GPD) CDF(x float64) float64 { return -math.Expm1(-d.CumulativeHazard(x)) }

// Survival returns P(X > x), exact in relative terms however small.
func (d GPD) Survival(x float64) float64 { return math.Exp(-d.CumulativeHazard(x)) }

// Quantile returns the x with CDF(x) = p. It is NaN for p outside [0, 1].
func (d GPD) Quantile(p float64) float64 { return d.fromHazard(-math.Log1p(-p)) }

// SurvivalQuantile returns the x with Survival(x) = s. It is NaN for s outside
// [0, 1].
func (d GPD) SurvivalQuantile(s float64) float64 { return d.fromHazard(-math.Log(s)) }

func (d GPD) fromHazard(h float64) float64 {
	if !(d.Scale > 0) || h < 0 {
		return math.NaN()
	}
	if math.IsInf(h, 1) {
		return upperEnd(d.Threshold, d.Scale, d.Shape)
	}
	return d.Threshold + d.Scale*expRatio(d.Shape, h)
}

// LogProb returns the logarithm of the density at x, −Inf outside the support.
func (d GPD) LogProb(x float64) float64 {
	if !(d.Scale > 0) {
		return math.NaN()
	}
	h := d.CumulativeHazard(x)
	if x < d.Threshold || math.IsInf(h, 1) {
		return math.Inf(-1)
	}
	return -math.Log(d.Scale) - (1+d.Shape)*h
}

// NLL returns the negative log-likelihood of x, +Inf where a value lies outside
// the support.
func (d GPD) NLL(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum -= d.LogProb(v)
	}
	return sum
}
