package stat

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Counts and sample sizes below are real numbers: dependence divides both by
// the design effect, which keeps the rate and shrinks the evidence.

// BinomialAtMost returns P(Bin(n, q) ≤ m).
func BinomialAtMost(m, n, q float64) float64 {
	if m >= n {
		return 1
	}
	return 1 - mathext.RegIncBeta(m+1, n-m, q)
}

// BinomialAtLeast returns P(Bin(n, q) ≥ m).
func BinomialAtLeast(m, n, q float64) float64 {
	if m <= 0 {
		return 1
	}
	if m > n {
		return 0
	}
	return mathext.RegIncBeta(m, n-m+1, q)
}

// RateUpper is the one-sided upper limit of a rate after m events in n trials
// (Clopper & Pearson 1934).
func RateUpper(m, n, confidence float64) float64 {
	if m >= n {
		return 1
	}
	if m == 0 {
		return -math.Expm1(math.Log1p(-confidence) / n)
	}
	return mathext.InvRegIncBeta(m+1, n-m, confidence)
}

// RateLower is the one-sided lower limit of a rate after m events in n trials.
func RateLower(m, n, confidence float64) float64 {
	if m <= 0 {
		return 0
	}
	return mathext.InvRegIncBeta(m, n-m+1, 1-confidence)
}

// SamplesFor is the least number of independent samples whose maximum bounds
// the p-quantile at the given confidence: pⁿ ≤ 1−confidence.
func SamplesFor(p, confidence float64) int {
	return int(math.Ceil(math.Log1p(-confidence) / math.Log(p)))
}
