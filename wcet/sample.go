package wcet

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
	// minClusters is the least number of independent clusters of exceedances
	// that a count may rest on. Fewer decide nothing: their sizes are unknown.
	minClusters = 10
)

// sample is a set of ordered series judged as one population: all processes
// pooled, or a single one.
type sample struct {
	orders
	// unit is for messages; empty where none is known.
	unit string
	// theta is the extremal index by intervals, thetaLower its one-sided 95%
	// lower limit.
	theta, thetaLower float64
}

func newSample(parts [][]float64) *sample {
	s := &sample{orders: newOrders(parts)}
	s.theta, s.thetaLower = s.worstExtremalIndex()
	return s
}

// designEffect is the variance of the number of exceedances of the p-quantile
// over its binomial variance, at least 1. Dividing n by the extremal index
// instead would be unsound here: dependence inflates a count by E[K²]/E[K] of
// the cluster size K, not by E[K].
func (s *sample) designEffect(p float64) float64 {
	n := float64(s.n())
	m := min(n/2, max(n*(1-p), designExceedances))
	if m < 1 {
		return 1
	}
	level := s.exceeded(int(m))
	if float64(s.above(level)) < m/2 {
		// Ties at the level: count them in.
		level = math.Nextafter(level, math.Inf(-1))
	}
	rate := float64(s.above(level)) / n
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
	return max(1, sum/expected*float64(batches)/float64(batches-1))
}

// limits are the p-quantile's estimate and one-sided limits from order
// statistics, each at its own confidence. Both are NaN where the samples cannot
// give them.
func (s *sample) limits(p, lowerConfidence, upperConfidence float64) Quantile {
	q := Quantile{P: p, Estimate: s.quantile(p), Lower: math.NaN(), Upper: math.NaN()}
	if s.n() == 0 {
		return q
	}
	effect := s.designEffect(p)
	q.Upper = s.upper(p, upperConfidence, effect)
	q.Lower = s.lower(p, lowerConfidence, effect)
	return q
}

// upper is the order statistic that bounds the p-quantile from above: the
// (m+1)-largest sample, m the largest count with P(Bin(n, 1−p) ≤ m) ≤ 1−c. A
// count that rests on too few clusters gives way to the maximum, whose only
// assumption is the extremal index.
func (s *sample) upper(p, confidence, effect float64) float64 {
	n, alpha := float64(s.n()), 1-confidence
	ok := func(m int) bool { return binomialAtMost(float64(m)/effect, n/effect, 1-p) <= alpha }
	m := sort.Search(s.n(), func(m int) bool { return !ok(m) }) - 1
	if m >= minClusters && s.clusters(s.exceeded(m+1)) >= minClusters {
		return s.exceeded(m + 1)
	}
	if rateUpper(0, n*s.thetaLower, confidence) <= 1-p {
		return s.largest()
	}
	return math.NaN()
}

// lower is the order statistic that bounds the p-quantile from below: the
// m-largest sample, m the smallest count with P(Bin(n, 1−p) ≥ m) ≤ 1−c.
func (s *sample) lower(p, confidence, effect float64) float64 {
	n, alpha := s.n(), 1-confidence
	m := sort.Search(n+1, func(m int) bool {
		return binomialAtLeast(float64(m)/effect, float64(n)/effect, 1-p) <= alpha
	})
	enough := func(m int) bool { return s.clusters(math.Nextafter(s.exceeded(m), math.Inf(-1))) >= minClusters }
	few, m := max(m, minClusters)-1, max(m, minClusters)
	for ; m <= n && !enough(m); m += m/4 + 1 {
		few = m
	}
	if m > n {
		return math.NaN()
	}
	return s.exceeded(few + 1 + sort.Search(m-few-1, func(i int) bool { return enough(few + 1 + i) }))
}

// clusterGap is the share of the mean distance of exceedances below which two of
// them count as one cluster: one in twenty independent ones is lost that way,
// while a burst collapses.
const clusterGap = 0.05

// nearlyAll is the share of exceedances from which on they have no gaps: of a series
// of equal values all exceed a level, or none.
const nearlyAll = 0.9

// clusters is the number of independent clusters that the samples beyond level
// form: runs separated by more than clusterGap of the mean distance, or their
// count times the extremal index of the tail, whichever is less. The extremal
// index at the level itself would be too noisy for the dozen exceedances that
// this is about. Where nearly all samples exceed level there are no gaps to tell
// runs by, and the extremal index alone counts.
func (s *sample) clusters(level float64) float64 {
	count := s.above(level)
	if count == 0 {
		return 0
	}
	if float64(count) > nearlyAll*float64(s.n()) {
		return float64(count) * s.theta
	}
	gap := int(clusterGap * float64(s.n()) / float64(count))
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
	return min(float64(runs), float64(count)*s.theta)
}

// beyond is the p-value of "the p-quantile is at most limit": small when too
// many samples exceed it. Fewer than ten clusters decide nothing.
func (s *sample) beyond(p, limit float64) float64 {
	m, n := float64(s.above(limit)), float64(s.n())
	if m < minClusters || s.clusters(limit) < minClusters {
		return 1
	}
	effect := s.designEffect(p)
	return binomialAtLeast(m/effect, n/effect, 1-p)
}
