package wcet

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// ljungBox tests that x is serially uncorrelated up to the given lag (Ljung &
// Box 1978): Q = n(n+2) Σ ρ²ₖ/(n−k), χ² with lag degrees of freedom.
func ljungBox(x []float64, lag int) (stat, p float64) {
	n := float64(len(x))
	lag = min(lag, len(x)-1)
	mean := meanOf(x)
	c0 := autocovariance(x, mean, 0)
	for k := 1; k <= lag; k++ {
		r := autocovariance(x, mean, k) / c0
		stat += r * r / (n - float64(k))
	}
	stat *= n * (n + 2)
	return stat, distuv.ChiSquared{K: float64(lag)}.Survival(stat)
}

// autocovariance is Σ (xₜ−mean)(xₜ₊ₖ−mean), not divided by n.
func autocovariance(x []float64, mean float64, k int) float64 {
	sum := 0.0
	ahead := x[k:]
	for i, v := range ahead {
		sum += (x[i] - mean) * (v - mean)
	}
	return sum
}

func meanOf(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// runsTest tests randomness by the number of runs above and below the median
// (Wald & Wolfowitz 1940), two-sided. Values equal to the median are left out.
func runsTest(x []float64, median float64) (z, p float64) {
	var above, below, runs float64
	previous := 0
	for _, v := range x {
		side := 0
		switch {
		case v > median:
			side = 1
			above++
		case v < median:
			side = -1
			below++
		default:
			continue
		}
		if side != previous {
			runs++
		}
		previous = side
	}
	n, product := above+below, 2*above*below
	deviation := math.Sqrt(product * (product - n) / (n * n * (n - 1)))
	z = (runs - product/n - 1) / deviation
	// The lower tail keeps its digits where 1−CDF would have none left.
	return z, 2 * distuv.UnitNormal.CDF(-math.Abs(z))
}
