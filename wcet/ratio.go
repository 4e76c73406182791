package wcet

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/memkit-go/memkit/wcet/internal/number"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// ratioCase compares process by process: each ratio pairs two processes that ran
// one after the other, so that what the machine did meanwhile cancels. Ratios of
// different processes are independent, and nothing else is assumed for PASS: the
// limit is an order statistic of them, for the median process.
//
// FAIL needs three things at once, and errs only if all of them do. The ratio of
// every process lies beyond the budget: whatever the processes' distribution, a
// median within it does that in 2⁻ᵏ of all runs with k processes, 3% for five,
// which no rank test of five can improve. Student's t on the ratios' logarithms
// lies beyond it at the family's level, which makes up for that where processes
// differ about normally. And for a quantile, whatever the distribution of the
// latencies, the lower order-statistic limit of the one over the upper limit of
// the other lies beyond it, each at half of the level. A mean has no limit without
// assumptions, so that there the first two must do.
func ratioCase(ev, peer *evidence, r RatioLimit, confidence float64) *checkCase {
	name := "mean/" + r.To
	if r.P > 0 {
		name = quantileName(r.P) + "/" + r.To
	}
	for _, one := range []*evidence{ev, peer} {
		if one.processes == 0 {
			return unmeasured(name, fmt.Sprintf("%s: %s", one.name, one.unavailable), r.Limit)
		}
	}
	ratios := pairedRatios(ev, peer, r.P)
	slices.Sort(ratios)
	lower := func(alpha float64) float64 { return ratioLower(ratios, alpha) }
	failP := ratioBeyond(ratios, r.Limit)
	if r.P > 0 {
		lower = func(alpha float64) float64 {
			return min(ratioLower(ratios, alpha), quantileRatioLower(ev, peer, r.P, alpha))
		}
		if failP <= failLevel {
			failP = max(failP, quantileRatioBeyond(ev, peer, r))
		}
	}
	c := &checkCase{
		Check:     Check{Metric: name, Estimate: geometricMean(ratios), Upper: medianUpper(ratios, confidence), Limit: r.Limit},
		failP:     failP,
		lowerAt:   lower,
		unit:      number.Times,
		undecided: Inconclusive,
		subject:   fmt.Sprintf("ratios of %d paired processes", len(ratios)),
		remedy:    "run more processes, or longer ones",
	}
	if need := processesFor(confidence); len(ratios) < need {
		c.remedy = fmt.Sprintf("%d pairs of processes that each measured enough are needed, %d are there", need, len(ratios))
	}
	return c
}

// minPerProcess is how many samples beyond the quantile each process needs for
// its own estimate to enter a ratio.
const minPerProcess = 5

// pairedRatios lists the ratio of the metric in each process number that both
// measured.
func pairedRatios(ev, peer *evidence, p float64) []float64 {
	a, b := ev.byProcess(p), peer.byProcess(p)
	var ratios []float64
	for _, process := range slices.Sorted(maps.Keys(a)) {
		if base, ok := b[process]; ok && base > 0 && a[process] >= 0 {
			ratios = append(ratios, a[process]/base)
		}
	}
	return ratios
}

// byProcess is each process's p-quantile, or its mean cost per operation for
// p = 0; processes without enough samples are left out.
func (ev *evidence) byProcess(p float64) map[int]float64 {
	values := map[int]float64{}
	if p == 0 && len(ev.batch) > 0 {
		for _, s := range ev.batch {
			if len(s.Samples) > 0 {
				values[s.Process] = stat.Mean(floats(s.Samples)) / float64(s.Ops)
			}
		}
		return values
	}
	for _, s := range ev.latency {
		n := float64(len(s.Samples))
		switch {
		case n == 0:
		case p == 0:
			values[s.Process] = stat.Mean(floats(s.Samples))
		case n*(1-p) >= minPerProcess:
			sorted := floats(s.Samples)
			slices.Sort(sorted)
			values[s.Process] = stat.Quantile(sorted, p)
		}
	}
	return values
}

func floats(samples []int64) []float64 {
	x := make([]float64, len(samples))
	for i, v := range samples {
		x[i] = float64(v)
	}
	return x
}

// processesFor is the number of processes whose largest ratio bounds the median
// one: 2⁻ᵏ ≤ 1−confidence, 5 at 95%.
func processesFor(confidence float64) int {
	return int(math.Ceil(-math.Log2(1 - confidence)))
}

// medianUpper is the order statistic that bounds the median from above (sign
// test); NaN with too few.
func medianUpper(sorted []float64, confidence float64) float64 {
	n := float64(len(sorted))
	if len(sorted) < processesFor(confidence) {
		return math.NaN()
	}
	m := 0
	for stat.BinomialAtMost(float64(m+1), n, 0.5) <= 1-confidence {
		m++
	}
	return sorted[len(sorted)-1-m]
}

func geometricMean(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	mean, _ := logMoments(x)
	return math.Exp(mean)
}

// logMoments are the mean of the logarithms and its standard error.
func logMoments(x []float64) (mean, se float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += math.Log(v) / n
	}
	squares := 0.0
	for _, v := range x {
		d := math.Log(v) - mean
		squares += d * d
	}
	return mean, math.Sqrt(squares / (n - 1) / n)
}

// ratioBeyond is the p-value of "the typical ratio is at most limit".
func ratioBeyond(sorted []float64, limit float64) float64 {
	if len(sorted) < 3 || !(sorted[0] > limit) {
		return 1
	}
	mean, se := logMoments(sorted)
	t := distuv.StudentsT{Sigma: 1, Nu: float64(len(sorted) - 1)}
	return t.Survival((mean - math.Log(limit)) / se)
}

// ratioLower is the limit that ratioBeyond would just reject at alpha.
func ratioLower(sorted []float64, alpha float64) float64 {
	if len(sorted) < 3 {
		return math.NaN()
	}
	mean, se := logMoments(sorted)
	t := distuv.StudentsT{Sigma: 1, Nu: float64(len(sorted) - 1)}
	return min(math.Exp(mean-t.Quantile(1-alpha)*se), math.Nextafter(sorted[0], 0))
}

// quantileRatioLower is the lower limit of the ratio of two quantiles at an error
// of alpha: order statistics of each pool of processes at half of it (Bonferroni).
// Processes that differ only narrow the distribution of a count (Hoeffding 1956),
// so that the pool's limits stay valid for the quantiles of the processes measured.
// NaN where either has too few samples.
func quantileRatioLower(ev, peer *evidence, p, alpha float64) float64 {
	above := quantileOf(ev.pooled, p, 1-alpha/2, 1-alpha/2).Lower
	below := quantileOf(peer.pooled, p, 1-alpha/2, 1-alpha/2).Upper
	return above / below
}

// levelHalvings is how often quantileRatioBeyond halves the family's level: down to
// 1e-6, a share of it for each of thousands of checks.
const levelHalvings = 13

// quantileRatioBeyond is the p-value of "the ratio is at most the limit" that goes
// with quantileRatioLower, rounded up to a power of two times the family's level;
// 1 above that level.
func quantileRatioBeyond(ev, peer *evidence, r RatioLimit) float64 {
	p, alpha := 1.0, failLevel
	for range levelHalvings {
		if !(quantileRatioLower(ev, peer, r.P, alpha) > r.Limit) {
			break
		}
		p, alpha = alpha, alpha/2
	}
	return p
}
