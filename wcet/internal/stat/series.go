package stat

// TailShare is the share of samples whose order of appearance the tail tests
// look at.
const TailShare = 0.05

// MinTested is the least series length at which the tests mean anything.
const MinTested = 25

// Outcome of one test of a series; NaN where it could not be computed.
type Outcome struct {
	Name    string
	Stat, P float64
}

// SeriesTests runs every test on one series of at least MinTested values, whose order
// statistics are o. When stopped, called between them, says so, it leaves the rest.
func SeriesTests(x []float64, o Orders, stopped func() bool) (list []Outcome) {
	n := len(x)
	lag := max(20, kpssLag(n))
	mean := Mean(x)
	var body, tail []float64
	var level, share float64
	add := func(name string, stat, p float64) { list = append(list, Outcome{name, stat, p}) }
	for _, test := range []func(){
		func() { body = autocovariances(x, mean, lag) },
		func() {
			stat, p := ljungBox(body, n, 10)
			add("ljung-box", stat, p)
			stat, p = ljungBox(body, n, 20)
			add("ljung-box-20", stat, p)
			stat, p = kpss(partialSquares(x, mean), body, n)
			add("kpss", stat, p)
		},
		func() {
			stat, p := runsTest(x, o.Quantile(0.5))
			add("runs", stat, p)
		},
		func() {
			stat, p := ksHalves(x, o)
			add("ks-halves", stat, p)
		},
		func() {
			level = o.Quantile(1 - TailShare)
			tail, share = exceedanceCovariances(x, level, lag)
			stat, p := ljungBox(tail, n, 10)
			add("ljung-box-tail", stat, p)
			stat, p = kpss(exceedancePartialSquares(x, level, share), tail, n)
			add("kpss-tail", stat, p)
		},
	} {
		if stopped() {
			return list
		}
		test()
	}
	return list
}

// HalvesCompared bounds how many values KSHalves sorts; of more it compares every
// so many-th. Two million a side tell halves apart by a thousandth. Tests lower it.
var HalvesCompared = 1 << 22

// ksHalves is [KSHalves] of values whose order statistics are o. Where those are all
// sorted, the second half need not be.
func ksHalves(x []float64, o Orders) (d, p float64) {
	if len(x) > HalvesCompared || len(o.top) < len(x) {
		return KSHalves(x)
	}
	return ksPart(SortedCopy(x[:len(x)/2]), o.top)
}

// KSHalves compares the first ⌊n/2⌋ values with the rest.
func KSHalves(x []float64) (d, p float64) {
	half := func(x []float64) []float64 {
		if len(x) > HalvesCompared/2 {
			return SortedCopy(Thinned(x, HalvesCompared/2))
		}
		return SortedCopy(x)
	}
	return ksTwoSample(half(x[:len(x)/2]), half(x[len(x)/2:]))
}
