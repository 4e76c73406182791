package stat

import (
	"math"
	"slices"
)

// extremalLevels are the shares of samples beyond which clustering is looked
// for; the least index found is the one that counts.
var extremalLevels = []float64{0.05, 0.01}

// lowestLevel is the largest share of samples that count as exceedances, of a series
// too short for [extremalLevels].
const lowestLevel = 0.5

// MinIntervals is the least number of times between exceedances that an
// extremal index is estimated from.
const MinIntervals = 30

// ExtremalIndex estimates the extremal index of the exceedances of u by
// intervals (Ferro & Segers 2003, equations 4 and 5) and its standard error by
// the delta method; both are NaN with fewer than two times. Times between
// exceedances never cross from one series into the next.
func ExtremalIndex(parts [][]float64, u float64) (theta, se float64, intervals int) {
	var n, sum, squares float64
	var shifted, shiftedSquares, largest float64
	var third, fourth float64
	for _, part := range parts {
		last := -1
		for i, v := range part {
			if v <= u {
				continue
			}
			if last >= 0 {
				t := float64(i - last)
				n++
				sum += t
				squares += t * t
				shifted += t - 1
				b := (t - 1) * (t - 2)
				shiftedSquares += b
				third += (t - 1) * b
				fourth += b * b
				largest = max(largest, t)
			}
			last = i
		}
	}
	if n < 2 {
		return math.NaN(), math.NaN(), int(n)
	}
	if largest <= 2 {
		return min(1, 2*sum*sum/(n*squares)), 1, int(n)
	}
	theta = 2 * shifted * shifted / (n * shiftedSquares)
	a, b := shifted/n, shiftedSquares/n
	varA := (squares-2*sum+n)/n - a*a
	varB := fourth/n - b*b
	cov := third/n - a*b
	ga, gb := 4*a/b, -2*a*a/(b*b)
	variance := ga*ga*varA + 2*ga*gb*cov + gb*gb*varB
	return min(1, theta), math.Sqrt(max(0, variance) / n), int(n)
}

// worstExtremalIndex is the least extremal index over the levels that have
// enough exceedances, with its one-sided 95% lower limit. A short series is asked at
// a level that has them, and its index counts only where it is below 1 at 95%: so low
// a level says little of a tail. One too short for that has [Sample.rankIndex].
func (s *Sample) worstExtremalIndex() (theta, lower float64) {
	theta, lower = 1, 1
	n := float64(s.N())
	asked := false
	for _, share := range extremalLevels {
		if s.N() == 0 {
			break
		}
		t, se, intervals := ExtremalIndex(s.parts, s.Quantile(1-share))
		if intervals < MinIntervals {
			continue
		}
		asked = true
		theta = min(theta, t)
		lower = min(lower, max(t-1.645*se, 1/n))
	}
	// The first exceedance of each series begins no interval.
	share := float64(MinIntervals+len(s.parts)) / n
	if asked {
		return theta, lower
	}
	if !(share <= lowestLevel) {
		theta = s.rankIndex()
		return theta, theta
	}
	t, se, intervals := ExtremalIndex(s.parts, s.Quantile(1-share))
	if intervals < MinIntervals || !(t+1.645*se < 1) {
		return theta, lower
	}
	return t, max(t-1.645*se, 1/n)
}

// rankSignificance is the standard normal quantile beyond which successive ranks are
// correlated: by chance in one of fifty series.
const rankSignificance = 2.05

// rankIndex is the share of samples that count as independent in a series too short
// for [ExtremalIndex]: (1−r)/(1+r), r the correlation of successive ranks (Wald &
// Wolfowitz 1943), where that is no chance; else 1.
func (s *Sample) rankIndex() float64 {
	n := float64(s.N())
	if n < MinTested {
		return 1
	}
	rank := func(v float64) float64 { return float64(s.Above(v)) }
	mean := 0.0
	for _, part := range s.parts {
		for _, v := range part {
			mean += rank(v) / n
		}
	}
	product, squares := 0.0, 0.0
	for _, part := range s.parts {
		last := 0.0
		for _, v := range part {
			d := rank(v) - mean
			product += last * d
			squares += d * d
			last = d
		}
	}
	r := product / squares
	if !(r*math.Sqrt(n) > rankSignificance) {
		return 1
	}
	return (1 - r) / (1 + r)
}

// ClusterPeaks groups the exceedances of u into clusters by intervals
// declustering (Ferro & Segers 2003, section 4), in which the ⌊θN⌋ longest times
// between exceedances separate clusters, and returns each cluster's largest
// value. A new series starts a new cluster.
func ClusterPeaks(parts [][]float64, u, theta float64) []float64 {
	var times []int
	for _, part := range parts {
		last := -1
		for i, v := range part {
			if v <= u {
				continue
			}
			if last >= 0 {
				times = append(times, i-last)
			}
			last = i
		}
	}
	slices.Sort(times)
	cut := 0
	if joined := len(times) - int(theta*float64(len(times)+1)); joined > 0 {
		cut = times[joined-1]
	}
	var peaks []float64
	for _, part := range parts {
		last := -1
		for i, v := range part {
			if v <= u {
				continue
			}
			if last < 0 || i-last > cut {
				peaks = append(peaks, v)
			} else {
				peaks[len(peaks)-1] = max(peaks[len(peaks)-1], v)
			}
			last = i
		}
	}
	return peaks
}
