package stat

import "math"

// kpssTable holds the upper critical values of the level-stationarity statistic
// (Kwiatkowski, Phillips, Schmidt & Shin 1992, table 1) and their p-values.
var kpssTable = [...]struct{ stat, p float64 }{
	{0.347, 0.10}, {0.463, 0.05}, {0.574, 0.025}, {0.739, 0.01},
}

// kpssLag is the last lag with a weight, for n values.
func kpssLag(n int) int { return int(4 * math.Pow(float64(n)/100, 0.25)) }

// kpss tests that a series of n values is stationary around a level, from the sum of
// its squared partial sums and its autocovariances, with Bartlett weights up to lag
// ⌊4(n/100)^¼⌋. The p-value is interpolated in the published table, so it is at most
// .10; beyond the table's .01 it falls as the limiting distribution does, exp(−π²x/2).
func kpss(squares float64, covariance []float64, n int) (stat, p float64) {
	lag := kpssLag(n)
	variance := covariance[0]
	for k := 1; k <= min(lag, len(covariance)-1); k++ {
		variance += 2 * (1 - float64(k)/float64(lag+1)) * covariance[k]
	}
	stat = squares / float64(n) / variance
	return stat, kpssP(stat)
}

// partialSquares is the sum of the squared partial sums of x−mean.
func partialSquares(x []float64, mean float64) (squares float64) {
	partial := 0.0
	for _, v := range x {
		partial += v - mean
		squares += partial * partial
	}
	return squares
}

// exceedancePartialSquares is that of the indicator "xₜ > level".
func exceedancePartialSquares(x []float64, level, mean float64) (squares float64) {
	partial := 0.0
	for _, v := range x {
		partial -= mean
		if v > level {
			partial++
		}
		squares += partial * partial
	}
	return squares
}

func kpssP(stat float64) float64 {
	if stat <= kpssTable[0].stat {
		return kpssTable[0].p
	}
	for i := 1; i < len(kpssTable); i++ {
		a, b := kpssTable[i-1], kpssTable[i]
		if stat <= b.stat {
			return a.p + (b.p-a.p)*(stat-a.stat)/(b.stat-a.stat)
		}
	}
	last := kpssTable[len(kpssTable)-1]
	return last.p * math.Exp(-math.Pi*math.Pi/2*(stat-last.stat))
}

// ksTwoSample compares two sorted samples by the largest distance of their
// distribution functions (Smirnov 1939), with the asymptotic two-sided p-value.
func ksTwoSample(a, b []float64) (d, p float64) {
	n, m := float64(len(a)), float64(len(b))
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		v := min(a[i], b[j])
		for i < len(a) && a[i] <= v {
			i++
		}
		for j < len(b) && b[j] <= v {
			j++
		}
		d = max(d, math.Abs(float64(i)/n-float64(j)/m))
	}
	return d, kolmogorovSurvival(d * math.Sqrt(n*m/(n+m)))
}

// ksPart compares a sorted part of a sorted sample with the rest of it, as
// [ksTwoSample] does.
func ksPart(part, all []float64) (d, p float64) {
	n, m := float64(len(part)), float64(len(all)-len(part))
	i := 0
	for j := 0; j < len(all); {
		v := all[j]
		for j < len(all) && all[j] == v {
			j++
		}
		for i < len(part) && part[i] == v {
			i++
		}
		d = max(d, math.Abs(float64(i)/n-float64(j-i)/m))
	}
	return d, kolmogorovSurvival(d * math.Sqrt(n*m/(n+m)))
}

// kolmogorovSurvival is P(K > x) of the Kolmogorov distribution; the theta
// series below 1, the alternating one above, each to full precision.
func kolmogorovSurvival(x float64) float64 {
	if x <= 0 {
		return 1
	}
	if x < 1 {
		sum := 0.0
		for k := 1.0; k < 20; k += 2 {
			sum += math.Exp(-k * k * math.Pi * math.Pi / (8 * x * x))
		}
		return 1 - math.Sqrt(2*math.Pi)/x*sum
	}
	sum, sign := 0.0, 1.0
	for k := 1.0; k < 20; k++ {
		sum += sign * math.Exp(-2*k*k*x*x)
		sign = -sign
	}
	return 2 * sum
}
