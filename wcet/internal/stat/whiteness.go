package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// ljungBox tests that a series of n values is serially uncorrelated up to the given
// lag (Ljung & Box 1978): Q = n(n+2) Σ ρ²ₖ/(n−k), χ² with lag degrees of freedom.
func ljungBox(covariance []float64, n, lag int) (stat, p float64) {
	lag = min(lag, len(covariance)-1)
	for k := 1; k <= lag; k++ {
		r := covariance[k] / covariance[0]
		stat += r * r / float64(n-k)
	}
	stat *= float64(n) * float64(n+2)
	return stat, distuv.ChiSquared{K: float64(lag)}.Survival(stat)
}

// covarianceBlock is how many values autocovariances centres at a time: they and as
// many as the longest lag stay in the first-level cache.
const covarianceBlock = 2048

// autocovariances are Σ (xₜ−mean)(xₜ₊ₖ−mean), not divided by n, for lags k from 0 to
// lag or the length of the series.
func autocovariances(x []float64, mean float64, lag int) []float64 {
	lag = min(lag, len(x)-1)
	sums := make([]float64, lag+1)
	centred := make([]float64, covarianceBlock+lag)
	for start := 0; start < len(x); start += covarianceBlock {
		n := min(covarianceBlock, len(x)-start)
		ahead := centred[:min(n+lag, len(x)-start)]
		for i := range ahead {
			ahead[i] = x[start+i] - mean
		}
		for k := 0; k <= lag; k += 4 {
			if k+3 > lag || n+k+3 > len(ahead) {
				for j := k; j <= min(k+3, lag, len(ahead)-1); j++ {
					m := min(n, len(ahead)-j)
					sums[j] += dot(ahead[:m], ahead[j:j+m])
				}
				continue
			}
			dot4((*[4]float64)(sums[k:]), ahead[:n], ahead[k:])
		}
	}
	return sums
}

// dot4 adds Σ aᵢbᵢ₊ₖ to sums[k] for k from 0 to 3; b is longer than a by 3. Four
// sums at once keep the adder busy: one has to wait for itself.
func dot4(sums *[4]float64, a, b []float64) {
	n := len(a)
	b0, b1, b2, b3 := b[:n], b[1:][:n], b[2:][:n], b[3:][:n]
	var s0, s1, s2, s3 float64
	for i, v := range a {
		s0 += v * b0[i]
		s1 += v * b1[i]
		s2 += v * b2[i]
		s3 += v * b3[i]
	}
	sums[0] += s0
	sums[1] += s1
	sums[2] += s2
	sums[3] += s3
}

// exceedanceCovariances are the autocovariances of the indicator "xₜ > level". Only
// pairs of exceedances are visited.
func exceedanceCovariances(x []float64, level float64, lag int) (covariance []float64, mean float64) {
	lag = min(lag, len(x)-1)
	pairs := make([]float64, lag+1)
	var recent []int
	count := 0
	for i, v := range x {
		if v <= level {
			continue
		}
		count++
		pairs[0]++
		for len(recent) > 0 && i-recent[0] > lag {
			recent = recent[1:]
		}
		for _, j := range recent {
			pairs[i-j]++
		}
		recent = append(recent, i)
	}
	mean = float64(count) / float64(len(x))
	// Σ over t < n−k and over t ≥ k: all exceedances but the last and the first k.
	head, tail := float64(count), float64(count)
	for k := range pairs {
		if k > 0 && x[k-1] > level {
			tail--
		}
		if k > 0 && x[len(x)-k] > level {
			head--
		}
		pairs[k] += mean * (mean*float64(len(x)-k) - head - tail)
	}
	return pairs, mean
}

// Mean of x; NaN without values.
func Mean(x []float64) float64 {
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
