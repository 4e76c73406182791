package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// betweenBatches is how many batches stand for each process in the test between
// processes. Batches, not samples: samples inside a burst are not independent,
// and permuting them rejects identical programs in half of all cases.
const betweenBatches = 8

// Between asks whether the processes look alike, in the body (medians of
// batches) and in the tail (exceedances of the pooled 99% quantile in batches),
// by Kruskal & Wallis (1952). The smaller p-value counts, doubled.
func Between(pooled *Sample) (stat, p float64, ok bool) {
	if len(pooled.parts) < 2 {
		return math.NaN(), math.NaN(), false
	}
	level := pooled.Quantile(0.99)
	var body, tail [][]float64
	for _, part := range pooled.parts {
		size := len(part) / betweenBatches
		if size < minBatch {
			continue
		}
		var medians, counts []float64
		for lo := 0; lo+size <= len(part) && len(medians) < betweenBatches; lo += size {
			batch := SortedCopy(part[lo : lo+size])
			medians = append(medians, Quantile(batch, 0.5))
			i, _ := slices.BinarySearch(batch, math.Nextafter(level, math.Inf(1)))
			counts = append(counts, float64(size-i)/float64(size))
		}
		body, tail = append(body, medians), append(tail, counts)
	}
	if len(body) < 2 {
		return math.NaN(), math.NaN(), false
	}
	stat, p = kruskalWallis(body)
	if tailStat, tailP := kruskalWallis(tail); tailP < p {
		stat, p = tailStat, tailP
	}
	return stat, min(1, 2*p), true
}

// kruskalWallis compares groups by their rank sums, corrected for ties; χ² with
// k−1 degrees of freedom. Groups without any difference give 0 and 1.
func kruskalWallis(groups [][]float64) (h, p float64) {
	var all []float64
	for _, g := range groups {
		all = append(all, g...)
	}
	slices.Sort(all)
	n := float64(len(all))
	ties := 0.0
	rank := make(map[float64]float64, len(all))
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j] == all[i] {
			j++
		}
		rank[all[i]] = float64(i+j+1) / 2
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	if ties == n*n*n-n {
		return 0, 1
	}
	for _, g := range groups {
		sum := 0.0
		for _, v := range g {
			sum += rank[v]
		}
		h += sum * sum / float64(len(g))
	}
	h = (12/(n*(n+1))*h - 3*(n+1)) / (1 - ties/(n*n*n-n))
	return h, distuv.ChiSquared{K: float64(len(groups) - 1)}.Survival(h)
}
