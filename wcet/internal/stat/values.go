package stat

import (
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Thinned is every so many-th value of x, about n in all.
func Thinned(x []float64, n int) []float64 {
	step := (len(x) + n - 1) / n
	var kept []float64
	for i := 0; i < len(x); i += step {
		kept = append(kept, x[i])
	}
	return kept
}

// SortedCopy leaves x as it is.
func SortedCopy(x []float64) []float64 {
	x = slices.Clone(x)
	Sort(x)
	return x
}

// NormalQuantile is the standard normal quantile.
func NormalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }
