package wcet

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// hypothesisLevel is the error rate of each single test: with eight tests an
// innocent series is refused in about one case of fifteen.
const hypothesisLevel = 0.01

// tailShare is the share of samples whose order of appearance the tail tests
// look at.
const tailShare = 0.05

// minTested is the least series length at which the tests mean anything.
const minTested = 25

// outcome of one test of a series; NaN where it could not be computed.
type outcome struct {
	name    string
	stat, p float64
}

// seriesOutcomes runs every test on one series of at least minTested values.
func seriesOutcomes(x []float64) []outcome {
	o := newOrders([][]float64{x})
	n := len(x)
	lag := max(20, kpssLag(n))
	mean := meanOf(x)
	body := autocovariances(x, mean, lag)
	level := o.quantile(1 - tailShare)
	tail, share := exceedanceCovariances(x, level, lag)
	var list []outcome
	add := func(name string, stat, p float64) { list = append(list, outcome{name, stat, p}) }
	stat, p := ljungBox(body, n, 10)
	add("ljung-box", stat, p)
	stat, p = ljungBox(body, n, 20)
	add("ljung-box-20", stat, p)
	stat, p = runsTest(x, o.quantile(0.5))
	add("runs", stat, p)
	stat, p = kpss(partialSquares(x, mean), body, n)
	add("kpss", stat, p)
	stat, p = ksHalves(x)
	add("ks-halves", stat, p)
	stat, p = ljungBox(tail, n, 10)
	add("ljung-box-tail", stat, p)
	stat, p = kpss(exceedancePartialSquares(x, level, share), tail, n)
	add("kpss-tail", stat, p)
	return list
}

// halvesCompared bounds how many values ksHalves sorts; of more it compares every
// so many-th. Two million a side tell halves apart by a thousandth. Tests lower it.
var halvesCompared = 1 << 22

// ksHalves compares the first ⌊n/2⌋ values with the rest.
func ksHalves(x []float64) (d, p float64) {
	half := func(x []float64) []float64 {
		if len(x) > halvesCompared/2 {
			return sortedCopy(thinned(x, halvesCompared/2))
		}
		return sortedCopy(x)
	}
	return ksTwoSample(half(x[:len(x)/2]), half(x[len(x)/2:]))
}

// testSeries runs every series test on every part and keeps, for each test, the
// part with the least p-value, corrected for the number of parts (Bonferroni).
// A test that cannot be computed (a constant part) is left out.
func testSeries(parts [][]float64) map[string]Hypothesis {
	result := map[string]Hypothesis{}
	tested := slices.DeleteFunc(slices.Clone(parts), func(x []float64) bool { return len(x) < minTested })
	for _, x := range tested {
		for _, test := range seriesOutcomes(x) {
			if math.IsNaN(test.stat) || math.IsNaN(test.p) {
				continue
			}
			p := min(1, test.p*float64(len(tested)))
			if old, seen := result[test.name]; !seen || p < old.P {
				result[test.name] = Hypothesis{Stat: test.stat, P: p, Reject: p <= hypothesisLevel}
			}
		}
	}
	return result
}

// testExtremalIndex tests that exceedances do not cluster: θ = 1 against θ < 1.
func testExtremalIndex(parts [][]float64, u float64) (Hypothesis, bool) {
	theta, se, intervals := extremalIndex(parts, u)
	if intervals < minIntervals || math.IsNaN(theta) || se == 0 {
		return Hypothesis{}, false
	}
	p := distuv.UnitNormal.CDF((theta - 1) / se)
	return Hypothesis{Stat: theta, P: p, Reject: p <= hypothesisLevel}, true
}

// betweenBatches is how many batches stand for each process in the test between
// processes. Batches, not samples: samples inside a burst are not independent,
// and permuting them rejects identical programs in half of all cases.
const betweenBatches = 8

// testBetween asks whether the processes look alike, in the body (medians of
// batches) and in the tail (exceedances of the pooled 99% quantile in batches),
// by Kruskal & Wallis (1952). The smaller p-value counts, doubled.
func testBetween(pooled *sample) (Hypothesis, bool) {
	level := pooled.quantile(0.99)
	var body, tail [][]float64
	for _, part := range pooled.parts {
		size := len(part) / betweenBatches
		if size < minBatch {
			continue
		}
		var medians, counts []float64
		for lo := 0; lo+size <= len(part) && len(medians) < betweenBatches; lo += size {
			batch := sortedCopy(part[lo : lo+size])
			medians = append(medians, quantile(batch, 0.5))
			i, _ := slices.BinarySearch(batch, math.Nextafter(level, math.Inf(1)))
			counts = append(counts, float64(size-i)/float64(size))
		}
		body, tail = append(body, medians), append(tail, counts)
	}
	if len(body) < 2 {
		return Hypothesis{}, false
	}
	stat, p := kruskalWallis(body)
	if tailStat, tailP := kruskalWallis(tail); tailP < p {
		stat, p = tailStat, tailP
	}
	p = min(1, 2*p)
	return Hypothesis{Stat: stat, P: p, Reject: p <= hypothesisLevel}, true
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
