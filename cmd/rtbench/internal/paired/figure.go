package paired

import (
	"math"
	"slices"

	"github.com/memkit-go/memkit/rt/record"
)

// Metric is a figure that one process has of a benchmark.
type Metric struct {
	Name string
	// Kind of the series that it is taken from.
	Kind record.Kind
	// P is the quantile.
	P float64
	// Margin is the relative difference that does not matter by default.
	Margin float64
}

// Metrics in the order of rows.
var Metrics = []Metric{
	{"mean", record.Batch, .5, .01},
	{"p50", record.Latency, .5, .01},
	{"p99", record.Latency, .99, .05},
}

// MetricNames in the order of rows.
func MetricNames() (names []string) {
	for _, m := range Metrics {
		names = append(names, m.Name)
	}
	return names
}

// beyond is how many samples a process needs beyond a quantile.
const beyond = 5

// figure is the metric of one series; NaN where it has too few samples. Of a batch
// series it is the median over its blocks of an operation's mean time, which one
// disturbed block does not move.
func (m Metric) figure(s record.Series) float64 {
	if s.Kind != m.Kind || s.Unavailable != "" || len(s.Samples) == 0 {
		return math.NaN()
	}
	if m.P > .5 && float64(len(s.Samples))*(1-m.P) < beyond {
		return math.NaN()
	}
	sorted := make([]float64, len(s.Samples))
	for i, v := range s.Samples {
		sorted[i] = float64(v)
	}
	slices.Sort(sorted)
	return quantile(sorted, m.P) / float64(max(s.Ops, 1))
}

// quantile is finer than the clock: samples that are equal lie evenly between the
// middles to their neighbours, so that a shift of a part of the clock's step moves
// it (the quantile of grouped data).
func quantile(sorted []float64, p float64) float64 {
	n := len(sorted)
	rank := p * float64(n)
	v := sorted[min(int(rank), n-1)]
	first, _ := slices.BinarySearch(sorted, v)
	last, _ := slices.BinarySearchFunc(sorted, v, func(x, v float64) int {
		if x <= v {
			return -1
		}
		return 1
	})
	low, high := v, v
	if first > 0 {
		low = (sorted[first-1] + v) / 2
	}
	if last < n {
		high = (v + sorted[last]) / 2
	}
	return low + (high-low)*(rank-float64(first))/float64(last-first)
}
