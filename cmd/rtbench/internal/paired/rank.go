package paired

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// interval is an estimate of a difference and its limits.
type interval struct{ effect, lower, upper float64 }

// signed estimates the middle of differences, with limits at a two-sided confidence.
// A difference counts by its distance from the middle, but never more than the median
// distance does, as in Huber's M-estimator (Huber & Ronchetti 2009, Robust Statistics,
// §3.2). The limits are those values of the middle that a permutation test does not
// reject: its distribution is that over all changes of signs, which exchange the sides
// within rounds, and it is counted, not approximated. Clipping matters: by Wilcoxon's
// signed rank two disturbed rounds of sixteen hide a tail that is 10% greater.
// Limits are infinite where the rounds are too few for the confidence.
func signed(d []float64, confidence float64) interval {
	i := interval{math.NaN(), math.Inf(-1), math.Inf(1)}
	if len(d) == 0 {
		return i
	}
	tail := (1 - confidence) / 2
	low, high := slices.Min(d), slices.Max(d)
	width := high - low + math.Abs(high)*1e-9 + 1e-12
	t := &signTest{d: d}
	i.effect = crossing(low, high, func(m float64) bool { return t.balance(m) > 0 })
	if math.Ldexp(1, -len(d)) > tail {
		return i
	}
	i.lower = crossing(low-width, i.effect, func(m float64) bool { return t.atLeast(m, 1) <= tail })
	i.upper = crossing(i.effect, high+width, func(m float64) bool { return t.atLeast(m, -1) > tail })
	// The scores depend on the middle, so p need not be monotone in it. What counts is
	// whether 0, no difference, is rejected.
	if i.lower > 0 && t.atLeast(0, 1) > tail {
		i.lower = 0
	}
	if i.upper < 0 && t.atLeast(0, -1) > tail {
		i.upper = 0
	}
	return i
}

// crossing is where f, true at low and false at high, changes.
func crossing(low, high float64, f func(float64) bool) float64 {
	for range 60 {
		middle := low + (high-low)/2
		if f(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low + (high-low)/2
}

// signTest is a test of signs that are weighted by clipped distances.
type signTest struct {
	d      []float64
	scores []int
	counts []float64
	sorted []float64
}

// steps is the score of a distance that is clipped. Scores are whole numbers, so that
// the sums can be counted.
const steps = 32

// score returns the sum of the scores of the differences above and below middle.
func (t *signTest) score(middle float64) (above, below int) {
	t.sorted = t.sorted[:0]
	for _, v := range t.d {
		t.sorted = append(t.sorted, math.Abs(v-middle))
	}
	slices.Sort(t.sorted)
	clip := t.sorted[len(t.sorted)/2]
	t.scores = t.scores[:0]
	for _, v := range t.d {
		s := 0
		switch distance := math.Abs(v - middle); {
		case distance == 0:
		case distance >= clip:
			s = steps
		default:
			s = 1 + int(distance/clip*(steps-1))
		}
		t.scores = append(t.scores, s)
		if v > middle {
			above += s
		} else {
			below += s
		}
	}
	return above, below
}

func (t *signTest) balance(middle float64) int {
	above, below := t.score(middle)
	return above - below
}

// atLeast is the probability, over all changes of signs, of as large a sum on one
// side as there is: above middle for sign 1, below for −1.
func (t *signTest) atLeast(middle float64, sign int) float64 {
	above, below := t.score(middle)
	if sign < 0 {
		above = below
	}
	total := 0
	for _, s := range t.scores {
		total += s
	}
	t.counts = append(t.counts[:0], make([]float64, total+1)...)
	t.counts[0] = 1
	reached := 0
	for _, s := range t.scores {
		// Each score is on this side or not, half of the time.
		for k := reached + s; k >= 0; k-- {
			c := 0.0
			if k <= reached {
				c = t.counts[k] / 2
			}
			if k >= s && k-s <= reached {
				c += t.counts[k-s] / 2
			}
			t.counts[k] = c
		}
		reached += s
	}
	p := 0.0
	for _, c := range t.counts[above:] {
		p += c
	}
	return p
}

// rankSum does the same for two independent groups: the median of all differences b−a
// and the limits of Wilcoxon's rank sum (§4.1–4.3).
func rankSum(a, b []float64, confidence float64) interval {
	d := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			d = append(d, y-x)
		}
	}
	return limits(d, rankSumTail(len(a), len(b), (1-confidence)/2))
}

// limits are the median of values, and those that leave k of them outside on each
// side; k < 0 means that even the extremes are no limits.
func limits(values []float64, k int) interval {
	slices.Sort(values)
	n := len(values)
	i := interval{math.NaN(), math.Inf(-1), math.Inf(1)}
	if n == 0 {
		return i
	}
	i.effect = (values[(n-1)/2] + values[n/2]) / 2
	if k >= 0 && k < n {
		i.lower, i.upper = values[k], values[n-1-k]
	}
	return i
}

// tailCount is the largest k with P(T ≤ k) ≤ tail, −1 where there is none. The
// counts need not be normalised.
func tailCount(counts []float64, tail float64) int {
	total := 0.0
	for _, c := range counts {
		total += c
	}
	below := 0.0
	for k, c := range counts {
		if below += c; below > tail*total {
			return k - 1
		}
	}
	return len(counts) - 1
}

// rankSumCounts are how many of the orders of m and n values give each value of
// Mann and Whitney's statistic. The largest value is of one group or of the other:
// it exceeds all n of the other, or none.
func rankSumCounts(m, n int) []float64 {
	row := make([][]float64, n+1) // of i values of the first group and j of the second
	for j := range row {
		row[j] = make([]float64, m*n+1)
		row[j][0] = 1
	}
	for i := 1; i <= m; i++ {
		for j := 1; j <= n; j++ {
			// row[j] still holds i−1 values; row[j−1] holds i already.
			for u := i * j; u >= 0; u-- {
				c := row[j-1][u]
				if u >= j {
					c += row[j][u-j]
				}
				row[j][u] = c
			}
		}
	}
	return row[n]
}

// exact is the largest group whose distribution is counted; above, a normal one is as
// good as any.
const exact = 50

// rankSumTail is the largest k with P(U ≤ k) ≤ tail, −1 where there is none.
func rankSumTail(m, n int, tail float64) int {
	if max(m, n) <= exact {
		return tailCount(rankSumCounts(m, n), tail)
	}
	mn := float64(m) * float64(n)
	return int(math.Floor(mn/2 - .5 + distuv.UnitNormal.Quantile(tail)*math.Sqrt(mn*float64(m+n+1)/12)))
}
