package evt

import (
	"math"
	"math/rand/v2"

	"github.com/memkit-go/memkit/wcet/internal/stat"
)

const (
	// scanRatio is the ratio of exceedances from one candidate threshold to the
	// next: eleven candidates from 500 down to 50.
	scanRatio = 0.8
	// scanLevel is the false discovery rate of the scan.
	scanLevel = 0.10
	// stableDeviations is how many standard errors a shape or quantile may move
	// when the threshold rises.
	stableDeviations = 3
)

// Candidate is one threshold of the scan.
type Candidate struct {
	Threshold   float64 `json:"threshold"`
	Exceedances int     `json:"nexc"`
	Scale       float64 `json:"scale"`
	Shape       float64 `json:"shape"`
	// Stat is the Anderson–Darling statistic, P its p-value, ForwardStop the
	// running mean of −log(1−P) from the lowest threshold up.
	Stat        float64 `json:"stat"`
	P           float64 `json:"p"`
	ForwardStop float64 `json:"forward_stop"`
	Chosen      bool    `json:"chosen"`
	// MeanExcess and CV, the excesses' standard deviation over their mean, show the
	// tail's kind without a fit: a generalised Pareto tail's mean excess is linear in
	// the threshold, an exponential one's is constant with a CV of 1.
	MeanExcess float64 `json:"mean_excess"`
	CV         float64 `json:"cv"`
}

// scanned is a candidate with its fit.
type scanned struct {
	Candidate
	rate float64
	fit  *gpdFit
}

// scan fits every candidate threshold, from the lowest up: exceedances fall from
// min(10% of n, 500) to 50. With decluster, the peaks of clusters are fitted and
// counted in place of exceedances.
func scan(s *Sample, step float64, decluster bool, opt Options) []scanned {
	var list []scanned
	seen := math.Inf(-1)
	n := float64(s.N())
	for k := min(maxTailShare*n, maxExceedances); k >= minExceedances && !opt.done(); k *= scanRatio {
		u := s.Exceeded(int(k)+1) + step/2
		if u <= seen {
			continue
		}
		seen = u
		c, ok := candidate(s.Orders, u, step, decluster, opt.Seed)
		if !ok {
			continue
		}
		list = append(list, c)
	}
	p := make([]float64, len(list))
	for i, c := range list {
		p[i] = c.P
	}
	for i, stop := range forwardStop(p) {
		list[i].ForwardStop = stop
	}
	return list
}

// candidate fits the exceedances of u; ok is false where there are too few or
// the likelihood has no maximum.
func candidate(s stat.Orders, u, step float64, decluster bool, seed uint64) (c scanned, ok bool) {
	e := newExcesses(s.Exceedances(u), u, step)
	c.rate = e.n / float64(s.N())
	if decluster {
		theta, _, _ := stat.ExtremalIndex(s.Parts(), u)
		e = newExcesses(stat.SortedCopy(stat.ClusterPeaks(s.Parts(), u, theta)), u, step)
	}
	if e.n < minExceedances*scanRatio {
		return c, false
	}
	fit, err := fitGPD(e)
	if err != nil {
		return c, false
	}
	c.fit = fit
	c.Threshold, c.Exceedances, c.Scale, c.Shape = u, int(e.n), fit.scale, fit.shape
	c.MeanExcess, c.CV = e.moments()
	c.Stat = fit.smoothed(seed).andersonDarling()
	c.P = andersonDarlingP(c.Stat, fit.shape)
	return c, true
}

// smoothed spreads interval data over their timer steps as the fitted
// distribution would: a continuous sample that has the model's distribution if
// the model is right, so that ties do not count against it. Exact data stay.
func (f *gpdFit) smoothed(seed uint64) *gpdFit {
	if f.half == 0 {
		return f
	}
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	d := f.dist()
	spread := make([]float64, 0, int(f.n))
	for i, y := range f.y {
		near, far := d.Survival(max(0, y-f.half)), d.Survival(y+f.half)
		for range int(f.weight[i]) {
			spread = append(spread, d.SurvivalQuantile(far+(near-far)*rng.Float64()))
		}
	}
	return &gpdFit{excesses: newExcesses(stat.SortedCopy(spread), 0, 0), scale: f.scale, shape: f.shape}
}

// choose returns the index of the lowest threshold that the scan accepts:
// ForwardStop (Bader, Yan & Zhang 2018) passes over those that Anderson–Darling
// rejects, then shape and quantile must not move as the threshold rises
// further. fits is false when it rejects them all.
func choose(list []scanned, n int) (index int, fits bool) {
	start := 0
	for i, c := range list {
		if c.ForwardStop <= scanLevel {
			start = i + 1
		}
	}
	if start == len(list) {
		return len(list) - 1, false
	}
	for i := start; i < len(list); i++ {
		if stable(list[i:], 1/(10*float64(n))) {
			return i, true
		}
	}
	return len(list) - 1, true
}

// stable reports whether no later candidate disagrees with the first about the
// shape or about the value exceeded with probability p. Their samples are
// nested, so that the variance of a difference is the difference of variances.
func stable(list []scanned, p float64) bool {
	first := list[0]
	q, v := first.quantile(p)
	w := first.fit.shapeError() * first.fit.shapeError()
	for _, c := range list[1:] {
		qc, vc := c.quantile(p)
		wc := c.fit.shapeError() * c.fit.shapeError()
		if moved(first.Shape-c.Shape, wc-w) || moved(q-qc, vc-v) {
			return false
		}
	}
	return true
}

func moved(difference, variance float64) bool {
	return variance > 0 && difference*difference > stableDeviations*stableDeviations*variance
}

// quantile is the value exceeded with probability p, with the delta method's
// variance; good for comparing fits, never for a bound.
func (c scanned) quantile(p float64) (value, variance float64) {
	h := math.Log(c.rate / p)
	f := c.fit
	z := f.excessQuantile(h)
	const difference = 1e-5
	moved := *f
	moved.shape += difference
	byShape := (moved.excessQuantile(h) - z) / difference
	byScale := z / f.scale
	a := 1 + max(f.shape, -0.9)
	variance = (2*a*f.scale*f.scale*byScale*byScale - 2*a*f.scale*byScale*byShape + a*a*byShape*byShape) / f.n
	return c.Threshold + z, variance
}
