package evt

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/memkit-go/memkit/wcet/internal/number"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

const (
	// maxExceedances caps how many samples a tail is fitted to: beyond 500 the
	// threshold's bias outgrows what the extra samples gain.
	maxExceedances = 500
	// maxTailShare caps the tail's share of all samples.
	maxTailShare = 0.10
	// minExceedances is the least number of exceedances that a bound rests on.
	minExceedances = 50
	// MinSamples is the least number of values that a tail can be fitted to.
	MinSamples int = minExceedances / maxTailShare
	// nominalRoot is the signed root of a likelihood limit at 95%. It covers what the
	// model says: neither the threshold's bias nor what choosing the threshold from
	// the same samples adds. Limits use larger roots. Calibrated on exponential,
	// generalised Pareto, gamma, lognormal, Weibull and normal tails (TestCutOffs);
	// smaller roots give narrower bounds that cover less.
	nominalRoot = 1.645
	// lowestRoot is the root where the scan chose its lowest threshold.
	lowestRoot = 2.3
	// raisedRoot stands in its place where the scan raised the threshold: the samples
	// for which it does are those that look unlike their own tail.
	raisedRoot = 2.6
	// fixedInflation widens the root for a threshold or blocks that the caller
	// fixed, to 2.33 whatever the shape.
	fixedInflation = 2.33 / nominalRoot
	// heaviestShape is the shape whose upper limit ends support: from there on
	// the variance is infinite and a bound says nothing.
	heaviestShape = 0.5
	// lightestShape ends support below: maximum likelihood has no standard
	// theory there, and the data end abruptly.
	lightestShape = -0.5
)

// exceedanceTail is a generalised Pareto fit of the values beyond a threshold.
type exceedanceTail struct {
	threshold float64
	// rate is the share of values beyond the threshold, of n values.
	rate, n float64
	body    body
	// fit is nil where nothing could be fitted; reasons then say why.
	fit *gpdFit
	// topRatio tells how much the largest excesses look like a mode of their own.
	topRatio float64
	// inflation widens the signed root of the limits, nominalRoot at 95%.
	inflation  float64
	resolution float64
	scan       []scanned
	// peaks tells that the peaks of clusters were fitted, enough of them for a bound.
	peaks bool
	// maxima is the fit of the cross-check with block maxima, of block values each;
	// nil without.
	maxima *gevFit
	block  int
	// reasons why the fit does not support any bound.
	reasons []string
}

// Quantile estimates the value exceeded with probability p.
func (t *exceedanceTail) Quantile(p float64) float64 {
	if !t.reaches(p) {
		return math.NaN()
	}
	return t.threshold + t.fit.excessQuantile(t.hazard(p))
}

// Limit is the profile-likelihood limit of that value, its signed root widened. An
// upper limit leaves room for a mode that the samples may have missed or hidden.
func (t *exceedanceTail) Limit(p, confidence float64) float64 {
	if !t.reaches(p) {
		return math.NaN()
	}
	limit := t.profileLimit(p, confidence)
	if confidence > 0.5 {
		largest := t.threshold + t.fit.largest()
		missed := modeMissed(t.n, confidence, t.topRatio, t.body.standing(largest, t.n))
		limit = max(limit, modeLimit(t.n, t.body.start, largest, p, missed), t.body.limit(p, confidence))
	}
	return limit
}

// profileLimit is the limit of the fit alone.
func (t *exceedanceTail) profileLimit(p, confidence float64) float64 {
	return t.threshold + t.fit.quantileLimit(t.hazard(p), t.root(confidence))
}

// Reasons why the fit supports no bound at p.
func (t *exceedanceTail) Reasons(p float64) []string {
	if t.fit != nil && p >= t.rate {
		return append(slices.Clip(t.reasons), fmt.Sprintf("p = %.3g is no tail: %.3g of the samples lie beyond the threshold; use a quantile budget", p, t.rate))
	}
	return t.reasons
}

// reaches reports whether the value exceeded with probability p lies in the tail.
func (t *exceedanceTail) reaches(p float64) bool { return t.fit != nil && p < t.rate }

func (t *exceedanceTail) declustered() bool { return t.peaks }

// hazard of the exceedance probability p, given that the threshold is exceeded.
func (t *exceedanceTail) hazard(p float64) float64 { return math.Log(t.rate / p) }

// chosenInflation is that of a threshold which the scan chose, and raised or not. By
// so much as the estimated shape lies below 0 the root grows: a truth beyond the
// limit goes with an estimate that is by chance too light, or light only at this
// depth, as those of normal and gamma tails are.
func chosenInflation(raised bool, shape float64) float64 {
	root := lowestRoot
	if raised {
		root = raisedRoot
	}
	return (root + max(0, -shape)) / nominalRoot
}

// root is the signed root of a limit at a confidence.
func (t *exceedanceTail) root(confidence float64) float64 {
	return stat.NormalQuantile(confidence) * t.inflation
}

// beyond is the p-value of "the value exceeded with probability p is at most
// limit" under the fitted tail.
func (t *exceedanceTail) beyond(p, limit float64) float64 {
	if t.fit == nil || p >= t.rate || limit <= t.threshold {
		return 1
	}
	return distuv.UnitNormal.CDF(-t.fit.signedRoot(limit-t.threshold, t.hazard(p)) / t.inflation)
}

// result describes the fit; nil without one.
func (t *exceedanceTail) result() *GPDResult {
	if t.fit == nil {
		return nil
	}
	lower, upper := t.fit.shapeLimits(stat.NormalQuantile(0.975))
	return &GPDResult{
		Threshold: t.threshold, Exceedances: int(t.fit.n),
		Scale: t.fit.scale, Shape: t.fit.shape, NLL: t.fit.minNLL,
		ShapeCI: [2]float64{lower, upper},
	}
}

// candidates are the thresholds that t was chosen from.
func (t *exceedanceTail) candidates() (list []Candidate) {
	for _, c := range t.scan {
		list = append(list, c.Candidate)
	}
	return list
}

func (t *exceedanceTail) describe(r *Result, opt Options) {
	if t.resolution > 0 {
		r.Likelihood = LikelihoodInterval
	}
	r.ThresholdScan = t.candidates()
	if r.GPD = t.result(); r.GPD != nil {
		if opt.Target < t.rate {
			r.GPD.Exponential = t.fit.exponential(r.GPD.ShapeCI[1], t.hazard(opt.Target), t.root(opt.Confidence))
			r.GPD.Exponential.Upper += t.threshold
		}
		moments := lMoments(t.fit.values())
		r.LMoments = &moments
	}
	if t.maxima != nil && opt.Model == ModelAuto {
		r.GEV = newGEVResult(t.maxima, t.block, opt)
	}
}

func (t *exceedanceTail) returnLevel(period float64) (level ReturnLevel, ok bool) {
	if !t.reaches(1 / period) {
		return level, false
	}
	h := t.hazard(1 / period)
	return ReturnLevel{
		Period: period,
		Value:  t.threshold + t.fit.excessQuantile(h),
		CI:     [2]float64{t.threshold + t.fit.quantileLimit(h, -returnLevelRoot), t.threshold + t.fit.quantileLimit(h, returnLevelRoot)},
	}, true
}

// fitExceedances chooses a threshold, or takes that of opt.
func fitExceedances(s *Sample, opt Options) Tail {
	if opt.Threshold != nil {
		step := 0.0
		if opt.Likelihood == LikelihoodInterval {
			step = timerStep(s.Top())
		}
		return fitAt(s, *opt.Threshold, step, opt)
	}
	if opt.Likelihood == LikelihoodAuto && opt.Model == ModelGPD {
		opt.Likelihood = LikelihoodExact
	}
	return chooseTail(s, opt)
}

// chooseTail chooses a threshold, fits the tail beyond it and collects every reason
// not to trust the fit.
func chooseTail(s *Sample, opt Options) *exceedanceTail {
	t := &exceedanceTail{n: float64(s.N()), body: newBody(s)}
	if s.Constant() {
		t.reasons = []string{fmt.Sprintf("all %d samples equal %s: there is no tail to fit", s.N(), number.Quantity(s.Largest(), s.Unit))}
		return t
	}
	if opt.Likelihood != LikelihoodExact {
		t.resolution = timerStep(s.Top())
	}
	decluster := clustered(s.Hypotheses())
	t.scan = scan(s, t.resolution, decluster, opt)
	if len(t.scan) == 0 {
		t.reasons = []string{whyNoTail(s)}
		return t
	}
	index, fits := choose(t.scan, s.N())
	chosen := &t.scan[index]
	chosen.Chosen = true
	t.threshold, t.rate, t.fit = chosen.Threshold, chosen.rate, chosen.fit
	t.inflation = chosenInflation(index > 0, t.fit.shape)
	// Clusters are cured by fitting their peaks, where enough are left.
	t.peaks = decluster && chosen.Exceedances >= minExceedances
	if !fits {
		t.reasons = append(t.reasons, fmt.Sprintf("no threshold makes the exceedances a generalised Pareto sample (Anderson–Darling, p = %.2g at the best)", chosen.P))
	}
	t.diagnose(s, *chosen, opt)
	return t
}

// whyNoTail explains a scan without a single fit.
func whyNoTail(s *Sample) string {
	if s.N() < MinSamples {
		return fmt.Sprintf("%d samples: a tail needs at least %d", s.N(), MinSamples)
	}
	return "the largest samples take too few distinct values, or end too abruptly, for a tail to be fitted"
}

// diagnose adds what speaks against the chosen fit.
func (t *exceedanceTail) diagnose(s *Sample, chosen scanned, opt Options) {
	lower, upper := t.fit.shapeLimits(stat.NormalQuantile(0.975))
	t.reasons = append(t.reasons, shapeReasons(t.fit.shape, upper)...)
	var top int
	t.topRatio, top = t.fit.modeRatio(opt.Seed)
	for _, reason := range []string{
		t.fit.estimatorReason(),
		modeReason(t.topRatio, top),
		mixtureReason(s, t.scan, chosen, t.resolution),
		t.blockMaximaReason(s, lower, upper),
	} {
		if reason != "" {
			t.reasons = append(t.reasons, reason)
		}
	}
	if p := t.fit.goodnessOfFit(opt); p <= fitLevel {
		t.reasons = append(t.reasons, fmt.Sprintf("the exceedances are no generalised Pareto sample (Anderson–Darling by bootstrap, p = %.2g)", p))
	}
	t.reasons = append(t.reasons, backTestReasons(s, chosen, t.resolution)...)
}

// fitAt fits the tail beyond a threshold that the caller fixed.
func fitAt(s *Sample, u, step float64, opt Options) *exceedanceTail {
	e := newExcesses(s.Exceedances(u), u, step)
	t := &exceedanceTail{threshold: u, n: float64(s.N()), body: newBody(s), rate: e.n / float64(s.N()), inflation: fixedInflation, resolution: step}
	fit, err := fitGPD(e)
	if err != nil {
		t.reasons = append(t.reasons, fmt.Sprintf("threshold %g: %v", u, err))
		return t
	}
	t.fit = fit
	if e.n < minExceedances {
		t.reasons = append(t.reasons, fmt.Sprintf("%.0f exceedances: a bound needs at least %d", e.n, minExceedances))
	}
	_, upper := fit.shapeLimits(stat.NormalQuantile(0.975))
	t.reasons = append(t.reasons, shapeReasons(fit.shape, upper)...)
	var top int
	t.topRatio, top = fit.modeRatio(opt.Seed)
	if reason := modeReason(t.topRatio, top); reason != "" {
		t.reasons = append(t.reasons, reason)
	}
	if p := fit.goodnessOfFit(opt); p <= fitLevel {
		t.reasons = append(t.reasons, fmt.Sprintf("the exceedances are no generalised Pareto sample (Anderson–Darling by bootstrap, p = %.2g)", p))
	}
	return t
}

// shapeReasons say why a shape supports no bound; upper is its 95% limit.
func shapeReasons(shape, upper float64) []string {
	switch {
	case upper >= heaviestShape:
		return []string{fmt.Sprintf("the shape may be %.2f (limit %.1f): a tail that heavy has no usable bound; find and remove the cause of the largest samples", upper, heaviestShape)}
	case shape <= lightestShape:
		return []string{fmt.Sprintf("shape %.2f is at or below %.1f: the data end abruptly, as uniform or clipped ones do", shape, lightestShape)}
	}
	return nil
}
