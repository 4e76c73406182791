package stat

import (
	"math"
	"sort"
)

const (
	// varianceBatches is how many batches estimate the variance of an
	// exceedance count: more give a steadier estimate, fewer let longer
	// dependence show. 40 gave .94 coverage for a nominal .95 on a moving
	// maximum with extremal index .5, 20,000 samples and p = .01.
	varianceBatches = 40
	// minBatch is the least number of samples in one batch.
	minBatch = 10
	// designExceedances is the least number of exceedances that a design effect
	// is estimated from; rarer levels borrow it from this one.
	designExceedances = 100
	// MinClusters is the least number of independent clusters of exceedances
	// that a count may rest on. Fewer decide nothing: their sizes are unknown.
	MinClusters = 10
)

// Sample is a set of ordered series judged as one population: all processes
// pooled, or a single one.
type Sample struct {
	Orders
	// Theta is the extremal index by intervals, ThetaLower its one-sided 95%
	// lower limit; 1 where there are too few samples to tell.
	Theta, ThetaLower float64

	// bursts of each mode, once they have been looked for.
	bursts []modeBursts
}

// NewSample prepares the series, which it keeps and does not change.
func NewSample(parts [][]float64) *Sample {
	s := &Sample{Orders: NewOrders(parts)}
	s.Theta, s.ThetaLower = s.worstExtremalIndex()
	return s
}

// DesignEffect is the variance of the number of exceedances of the p-quantile
// over its binomial variance, at least 1. Dividing n by the extremal index
// instead would be unsound here: dependence inflates a count by E[K²]/E[K] of
// the cluster size K, not by E[K].
func (s *Sample) DesignEffect(p float64) float64 {
	n := float64(s.N())
	m := min(n/2, max(n*(1-p), designExceedances))
	if m < 1 {
		return 1
	}
	level := s.Exceeded(int(m))
	if float64(s.Above(level)) < m/2 {
		// Ties at the level: count them in.
		level = math.Nextafter(level, math.Inf(-1))
	}
	rate := float64(s.Above(level)) / n
	if rate == 0 || rate == 1 {
		return 1
	}
	batches, sum, expected := 0, 0.0, 0.0
	for _, part := range s.parts {
		size := max(minBatch, len(part)*len(s.parts)/varianceBatches)
		for lo := 0; lo+size <= len(part); lo += size {
			count := 0
			for _, v := range part[lo : lo+size] {
				if v > level {
					count++
				}
			}
			d := float64(count) - float64(size)*rate
			sum += d * d
			expected += float64(size) * rate * (1 - rate)
			batches++
		}
	}
	if batches < 2 {
		return 1
	}
	return max(1, sum/expected*float64(batches)/float64(batches-1), s.serialEffect(level))
}

const (
	// serialLeast samples are so few that chance makes autocorrelations too often.
	serialLeast = 100
	// serialMost are so many that their batches are longer than dependence lasts.
	serialMost = 20_000
	// serialLag is the longest distance over which samples are compared.
	serialLag = 200
)

// serialEffect is the design effect of the count of exceedances from their
// autocorrelations, 1+2Σρ, as far as the sums of two successive ones stay positive and
// fall (Geyer 1992, section 3.3): batches of a short series are too short for long
// dependence. 1 of long ones.
func (s *Sample) serialEffect(level float64) float64 {
	if s.N() < serialLeast || s.N() > serialMost {
		return 1
	}
	var covariance [serialLag + 1]float64
	for _, part := range s.parts {
		if len(part) < 2 {
			continue
		}
		own, _ := exceedanceCovariances(part, level, min(serialLag, len(part)/2))
		for k, c := range own {
			covariance[k] += c
		}
	}
	if covariance[0] == 0 {
		return 1
	}
	sum, last := -covariance[0], math.Inf(1)
	for k := 0; k < serialLag && last > 0; k += 2 {
		last = min(last, covariance[k]+covariance[k+1])
		sum += 2 * max(0, last)
	}
	return sum / covariance[0]
}

// Limits are the p-quantile's one-sided limits from order statistics, each at its
// own confidence; NaN where the samples cannot give one.
func (s *Sample) Limits(p, lowerConfidence, upperConfidence float64) (lower, upper float64) {
	if s.N() == 0 {
		return math.NaN(), math.NaN()
	}
	effect := s.DesignEffect(p)
	return s.lower(p, lowerConfidence, effect), s.upper(p, upperConfidence, effect)
}

// upper is the order statistic that bounds the p-quantile from above: the
// (m+1)-largest sample, m the largest count with P(Bin(n, 1−p) ≤ m) ≤ 1−c. A
// count that rests on too few clusters or bursts gives way to the maximum, whose only
// assumption is the extremal index.
func (s *Sample) upper(p, confidence, effect float64) float64 {
	n, alpha := float64(s.N()), 1-confidence
	ok := func(m int) bool { return BinomialAtMost(float64(m)/effect, n/effect, 1-p) <= alpha }
	m := sort.Search(s.N(), func(m int) bool { return !ok(m) }) - 1
	_, few := s.BurstsAt(p)
	if !few && m >= MinClusters && s.Clusters(s.Exceeded(m+1)) >= MinClusters {
		return s.Exceeded(m + 1)
	}
	if RateUpper(0, n*s.ThetaLower, confidence) <= 1-p {
		return s.Largest()
	}
	return math.NaN()
}

// burstLevel is where bursts that concern the p-quantile are looked for: at the
// quantile itself, or at the level that a hundred samples exceed.
func (s *Sample) burstLevel(p float64) float64 {
	return min(s.Quantile(p), s.Exceeded(min(s.N(), designExceedances)))
}

// BurstsAt is [Sample.FewBursts] where it leaves the p-quantile the maximum alone as
// an upper limit.
func (s *Sample) BurstsAt(p float64) (shown int, few bool) {
	if s.N() == 0 {
		return 0, false
	}
	return s.FewBursts(s.burstLevel(p))
}

// lower is the order statistic that bounds the p-quantile from below: the
// m-largest sample, m the smallest count with P(Bin(n, 1−p) ≥ m) ≤ 1−c.
func (s *Sample) lower(p, confidence, effect float64) float64 {
	n, alpha := s.N(), 1-confidence
	m := sort.Search(n+1, func(m int) bool {
		return BinomialAtLeast(float64(m)/effect, float64(n)/effect, 1-p) <= alpha
	})
	enough := func(m int) bool { return s.Clusters(math.Nextafter(s.Exceeded(m), math.Inf(-1))) >= MinClusters }
	few, m := max(m, MinClusters)-1, max(m, MinClusters)
	for ; m <= n && !enough(m); m += m/4 + 1 {
		few = m
	}
	if m > n {
		return math.NaN()
	}
	return s.Exceeded(few + 1 + sort.Search(m-few-1, func(i int) bool { return enough(few + 1 + i) }))
}

// clusterGap is the share of the mean distance of exceedances below which two of
// them count as one cluster: one in twenty independent ones is lost that way,
// while a burst collapses.
const clusterGap = 0.05

// nearlyAll is the share of exceedances from which on they have no gaps: of a series
// of equal values all exceed a level, or none.
const nearlyAll = 0.9

// Clusters is the number of independent clusters that the samples beyond level
// form: runs separated by more than clusterGap of the mean distance, or their
// count times the extremal index of the tail, whichever is less. The extremal
// index at the level itself would be too noisy for the dozen exceedances that
// this is about. Where nearly all samples exceed level there are no gaps to tell
// runs by, and the extremal index alone counts.
func (s *Sample) Clusters(level float64) float64 {
	count := s.Above(level)
	if count == 0 {
		return 0
	}
	if float64(count) > nearlyAll*float64(s.N()) {
		return float64(count) * s.Theta
	}
	gap := int(clusterGap * float64(s.N()) / float64(count))
	runs := 0
	for _, part := range s.parts {
		last := -gap - 2
		for i, v := range part {
			if v <= level {
				continue
			}
			if i-last > gap+1 {
				runs++
			}
			last = i
		}
	}
	return min(float64(runs), float64(count)*s.Theta)
}

// Beyond is the p-value of "the p-quantile is at most limit": small when too
// many samples exceed it. Fewer than ten clusters decide nothing.
func (s *Sample) Beyond(p, limit float64) float64 {
	m, n := float64(s.Above(limit)), float64(s.N())
	if m < MinClusters || s.Clusters(limit) < MinClusters {
		return 1
	}
	effect := s.DesignEffect(p)
	return BinomialAtLeast(m/effect, n/effect, 1-p)
}
