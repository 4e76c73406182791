package wcet

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

const (
	// maxExceedances caps how many samples a tail is fitted to: beyond 500 the
	// threshold's bias outgrows what the extra samples gain.
	maxExceedances = 500
	// maxTailShare caps the tail's share of all samples.
	maxTailShare = 0.10
	// minExceedances is the least number of exceedances that a bound rests on.
	minExceedances = 50
	// nominalRoot is the signed root of a likelihood limit at 95%. It covers what the
	// model says: neither the threshold's bias nor what choosing the threshold from
	// the same samples adds. Limits use larger roots. Calibrated on exponential,
	// generalised Pareto, gamma, lognormal, Weibull and normal tails, they cover .96
	// of all truths and about .95 in most kinds, normal tails (.92) the least
	// (TestCutOffs); smaller roots give narrower bounds that cover less.
	nominalRoot = 1.645
	// lowestRoot is the root where the scan chose its lowest threshold.
	lowestRoot = 2.1
	// raisedRoot stands in its place where the scan raised the threshold: the samples
	// for which it does are those that look unlike their own tail.
	raisedRoot = 2.6
	// fixedInflation widens the root for a threshold or blocks that somebody else
	// chose, to 2.33 whatever the shape.
	fixedInflation = 2.33 / nominalRoot
	// MaxExtrapolation is how far beyond the samples a bound may reach at most:
	// p ≥ 1/(1000·n) for n independent ones. It can only be lowered.
	MaxExtrapolation = 1000
	// heaviestShape is the shape whose upper limit ends support: from there on
	// the variance is infinite and a bound says nothing.
	heaviestShape = 0.5
	// lightestShape ends support below: maximum likelihood has no standard
	// theory there, and the data end abruptly.
	lightestShape = -0.5
)

// tailModel is the extreme-value evidence of one sample.
type tailModel struct {
	threshold float64
	// rate is the share of samples beyond the threshold.
	rate float64
	// fit is nil where nothing could be fitted; reasons then say why.
	fit *gpdFit
	// inflation widens the signed root of the limits, nominalRoot at 95%.
	inflation float64
	// effective is the number of independent samples.
	effective  float64
	resolution float64
	scan       []scanned
	// maxima is the fit of the cross-check with block maxima, of block values each;
	// nil without.
	maxima *gevFit
	block  int
	// reasons why the evidence does not support any extreme-value bound.
	reasons []string
}

// fitted is the public form of the fit, nil without one.
func (t *tailModel) fitted() *TailFit {
	if t.fit == nil {
		return nil
	}
	lower, upper := t.fit.shapeLimits(normalQuantile(0.975))
	return &TailFit{
		Threshold: t.threshold, Exceedances: int(t.fit.n),
		Scale: t.fit.scale, Shape: t.fit.shape,
		ShapeLower: lower, ShapeUpper: upper, NLL: t.fit.minNLL,
	}
}

// hazard of the exceedance probability p, given that the threshold is exceeded.
func (t *tailModel) hazard(p float64) float64 { return math.Log(t.rate / p) }

// bound is the upper confidence limit of the value exceeded with probability p,
// which may lie extrapolation times beyond the independent samples.
func (t *tailModel) bound(p, confidence, extrapolation float64) Bound {
	b := Bound{P: p, Value: math.NaN(), Upper: math.NaN(), Method: "gpd-profile"}
	b.Reasons = slices.Concat(t.reasons, t.targetReasons(p, extrapolation))
	b.Supported = len(b.Reasons) == 0
	if t.fit == nil || p >= t.rate {
		return b
	}
	b.Value = t.threshold + t.fit.excessQuantile(t.hazard(p))
	b.Upper = t.upper(p, confidence)
	return b
}

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
func (t *tailModel) root(confidence float64) float64 {
	return normalQuantile(confidence) * t.inflation
}

// upper is the upper confidence limit of the value exceeded with probability p.
func (t *tailModel) upper(p, confidence float64) float64 {
	return t.threshold + t.fit.quantileLimit(t.hazard(p), t.root(confidence))
}

// targetReasons say why p itself is out of reach of a bound that may go most times
// beyond the independent samples.
func (t *tailModel) targetReasons(p, most float64) []string {
	if p >= t.rate && t.fit != nil {
		return []string{fmt.Sprintf("p = %.3g is no tail: %.3g of the samples lie beyond the threshold; use a quantile budget", p, t.rate)}
	}
	if least := 1 / (most * t.effective); p < least*(1-1e-9) {
		return []string{fmt.Sprintf("p = %.3g lies beyond %g× the evidence: %.0f effective samples reach down to %.3g; measure %.1f× longer",
			p, most, t.effective, least, least/p)}
	}
	return nil
}

// beyond is the p-value of "the value exceeded with probability p is at most
// limit" under the fitted tail.
func (t *tailModel) beyond(p, limit float64) float64 {
	if t.fit == nil || p >= t.rate || limit <= t.threshold {
		return 1
	}
	return distuv.UnitNormal.CDF(-t.fit.signedRoot(limit-t.threshold, t.hazard(p)) / t.inflation)
}

// lower is the lower confidence limit of the value exceeded with probability p.
func (t *tailModel) lower(p, confidence float64) float64 {
	if t.fit == nil || p >= t.rate {
		return math.NaN()
	}
	return t.threshold + t.fit.quantileLimit(t.hazard(p), -t.root(confidence))
}

// fitTail chooses a threshold, fits the tail beyond it and collects every reason
// not to trust the fit. tests are the hypotheses about the order of s.
func fitTail(s *sample, tests map[string]Hypothesis, likelihood Likelihood, seed uint64) *tailModel {
	t := &tailModel{effective: effectiveSize(s, tests)}
	if s.constant() {
		t.reasons = []string{fmt.Sprintf("all %d samples equal %s: there is no tail to fit", s.n(), quantity(s.largest(), s.unit))}
		return t
	}
	if likelihood != LikelihoodExact {
		t.resolution = timerStep(s.top)
	}
	decluster := clustered(tests)
	t.scan = scan(s, t.resolution, decluster, seed)
	if len(t.scan) == 0 {
		t.reasons = append(hypothesisReasons(tests, false), t.whyNoTail(s))
		return t
	}
	index, fits := choose(t.scan, s.n())
	chosen := &t.scan[index]
	chosen.Chosen = true
	t.threshold, t.rate, t.fit = chosen.Threshold, chosen.rate, chosen.fit
	t.inflation = chosenInflation(index > 0, t.fit.shape)
	// Clusters are cured by fitting their peaks, where enough are left.
	t.reasons = hypothesisReasons(tests, decluster && chosen.Exceedances >= minExceedances)
	if !fits {
		t.reasons = append(t.reasons, fmt.Sprintf("no threshold makes the exceedances a generalised Pareto sample (Anderson–Darling, p = %.2g at the best)", chosen.P))
	}
	t.diagnose(s, *chosen, seed)
	return t
}

// whyNoTail explains a scan without a single fit.
func (t *tailModel) whyNoTail(s *sample) string {
	if float64(s.n())*maxTailShare < minExceedances {
		return fmt.Sprintf("%d samples: a tail needs at least %d", s.n(), int(minExceedances/maxTailShare))
	}
	return "the largest samples take too few distinct values, or end too abruptly, for a tail to be fitted"
}

// diagnose adds what speaks against the chosen fit.
func (t *tailModel) diagnose(s *sample, chosen scanned, seed uint64) {
	lower, upper := t.fit.shapeLimits(normalQuantile(0.975))
	t.reasons = append(t.reasons, shapeReasons(t.fit.shape, upper)...)
	for _, reason := range []string{
		t.fit.estimatorReason(),
		mixtureReason(s, t.scan, chosen, t.resolution),
		t.blockMaximaReason(s, lower, upper),
	} {
		if reason != "" {
			t.reasons = append(t.reasons, reason)
		}
	}
	if p := t.fit.goodnessOfFit(seed); p <= fitLevel {
		t.reasons = append(t.reasons, fmt.Sprintf("the exceedances are no generalised Pareto sample (Anderson–Darling by bootstrap, p = %.2g)", p))
	}
	t.reasons = append(t.reasons, backTestReasons(s, chosen, t.resolution)...)
}

// fitAt fits the tail beyond a threshold that somebody else chose.
func fitAt(s *sample, tests map[string]Hypothesis, u, step float64, seed uint64) *tailModel {
	e := newExcesses(s.exceedances(u), u, step)
	t := &tailModel{
		threshold: u, rate: e.n / float64(s.n()), inflation: fixedInflation,
		effective: effectiveSize(s, tests), resolution: step,
	}
	t.reasons = hypothesisReasons(tests, false)
	fit, err := fitGPD(e)
	if err != nil {
		t.reasons = append(t.reasons, fmt.Sprintf("threshold %g: %v", u, err))
		return t
	}
	t.fit = fit
	if e.n < minExceedances {
		t.reasons = append(t.reasons, fmt.Sprintf("%.0f exceedances: a bound needs at least %d", e.n, minExceedances))
	}
	_, upper := fit.shapeLimits(normalQuantile(0.975))
	t.reasons = append(t.reasons, shapeReasons(fit.shape, upper)...)
	if p := fit.goodnessOfFit(seed); p <= fitLevel {
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

// hypothesisAdvice says, in the order in which a reader should look, what each
// rejected hypothesis means and what to do. A rejection is left out when that of
// its sameAs says the same.
var hypothesisAdvice = []struct{ name, sameAs, text string }{
	{"ljung-box", "", "successive samples are correlated (Ljung–Box, p = %.2g); measure on an isolated CPU, or space the samples"},
	{"ljung-box-20", "ljung-box", "samples are correlated over 20 lags (Ljung–Box, p = %.2g); look for a periodic disturbance"},
	{"kpss", "", "the level drifts (KPSS, p = %.2g); warm up longer, fix the clock frequency"},
	{"ks-halves", "", "the first and the second half differ (Kolmogorov–Smirnov, p = %.2g); something changed during the run, repeat it"},
	{"ljung-box-tail", "", "large samples come in bursts (Ljung–Box on exceedances, p = %.2g); find what disturbs the machine"},
	{"extremal-index", "ljung-box-tail", "large samples cluster (extremal index below 1, p = %.2g); find what disturbs the machine"},
	{"kpss-tail", "", "the rate of large samples drifts (KPSS on exceedances, p = %.2g); something changed during the run, repeat it"},
	{"runs", "", "samples alternate or persist around the median (runs test, p = %.2g); look for two modes that take turns"},
}

// hypothesisReasons lists the rejected hypotheses; declustered leaves out what
// declustering cures. That processes differ is no reason: the bound is then that
// of the worst.
func hypothesisReasons(tests map[string]Hypothesis, declustered bool) []string {
	var reasons []string
	for _, advice := range hypothesisAdvice {
		cured := declustered && (advice.name == "extremal-index" || advice.name == "ljung-box-tail")
		if h := tests[advice.name]; h.Reject && !cured && !tests[advice.sameAs].Reject {
			reasons = append(reasons, fmt.Sprintf(advice.text, h.P))
		}
	}
	return reasons
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func sortedCopy(x []float64) []float64 {
	x = slices.Clone(x)
	slices.Sort(x)
	return x
}
