package evt

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/memkit-go/memkit/wcet/internal/number"
)

// Estimate is the tail of a [Sample] by one estimator: it bounds the values
// exceeded with any probability, each bound with what speaks against it.
type Estimate struct {
	// Tail is what the estimator fitted.
	Tail Tail

	sample *Sample
	method string
	opt    Options
}

// Bound is an upper confidence limit of the value exceeded with probability P.
type Bound struct {
	P float64 `json:"p"`
	// Value is the point estimate, Upper its one-sided confidence limit; both in
	// the unit of the values.
	Value float64 `json:"value"`
	Upper float64 `json:"upper"`
	// Method names the estimate: "gpd-profile", "order-statistic", ….
	Method    string `json:"method"`
	Supported bool   `json:"supported"`
	// Reasons why it is not supported; empty when it is.
	Reasons []string `json:"reasons"`
}

// String is the limit, its probability and method, and how many reasons speak against
// it.
func (b Bound) String() string {
	text := fmt.Sprintf("at most %s, exceeded with p = %.3g (%s)", number.Short(b.Upper), b.P, b.Method)
	if !b.Supported {
		text += fmt.Sprintf(", UNSUPPORTED for %d reasons", len(b.Reasons))
	}
	return text
}

// Bound is the upper confidence limit of the value exceeded with probability p,
// which may lie extrapolation times beyond the independent samples.
func (e *Estimate) Bound(p, confidence, extrapolation float64) Bound {
	cured := false
	if d, ok := e.Tail.(declustered); ok {
		cured = d.declustered()
	}
	b := Bound{P: p, Value: e.Tail.Quantile(p), Upper: e.Tail.Limit(p, confidence), Method: e.method}
	b.Reasons = slices.Concat(e.sample.absurdReason(), hypothesisReasons(e.sample.Hypotheses(), cured), e.Tail.Reasons(p), e.sample.reach(p, extrapolation))
	b.Supported = len(b.Reasons) == 0
	return b
}

// Lower is the lower limit of the value exceeded with probability p at an error
// rate of alpha; NaN where the fit says nothing of p.
func (e *Estimate) Lower(p, alpha float64) float64 { return e.Tail.Limit(p, alpha) }

// PValue is that of "the value exceeded with probability p is at most limit".
func (e *Estimate) PValue(p, limit float64) float64 {
	if t, ok := e.Tail.(tested); ok {
		return t.beyond(p, limit)
	}
	if !(e.Tail.Limit(p, 0.5) > limit) {
		return 1
	}
	// The least error rate, a power of two, at which the lower limit is beyond.
	halvings := sort.Search(64, func(k int) bool { return !(e.Tail.Limit(p, math.Ldexp(0.5, -k)) > limit) })
	return math.Ldexp(0.5, 1-halvings)
}

// GPD describes a tail of exceedances; nil for any other, or where none could be
// fitted.
func (e *Estimate) GPD() *GPDResult {
	if t, ok := e.Tail.(*exceedanceTail); ok {
		return t.result()
	}
	return nil
}

// ThresholdScan lists the thresholds that the tail was chosen from, the lowest first;
// nil where none was chosen.
func (e *Estimate) ThresholdScan() []Candidate {
	t, ok := e.Tail.(*exceedanceTail)
	if !ok {
		return nil
	}
	return t.candidates()
}

// Resolution is the timer step that the fit took account of; 0 without.
func (e *Estimate) Resolution() float64 {
	if t, ok := e.Tail.(*exceedanceTail); ok {
		return t.resolution
	}
	return 0
}

// reach says why p lies too far out for a bound that may go most times beyond the
// independent samples.
func (s *Sample) reach(p, most float64) []string {
	effective := s.Effective()
	if least := 1 / (most * effective); p < least*(1-1e-9) {
		return []string{fmt.Sprintf("p = %.3g lies beyond %g× the evidence: %.0f effective samples reach down to %.3g; measure %.1f× longer",
			p, most, effective, least, least/p)}
	}
	return nil
}

// absurd is how many times the usual distance from the median a value may lie
// beyond it: further out lies no latency, however heavy the tail.
const absurd = 1e9

// absurdReason names values that are no latencies, such as the difference of two
// readings of a clock that wrapped around: 18446744073709551615.
func (s *Sample) absurdReason() []string {
	median := s.Quantile(0.5)
	usual := max(s.Quantile(0.99)-median, math.Abs(median))
	limit := median + absurd*usual
	if !(usual > 0) || !(s.Largest() > limit) {
		return nil
	}
	for k, part := range s.Parts() {
		for i, v := range part {
			if v > limit {
				return []string{fmt.Sprintf("sample %d%s is %s, %.0e times the usual ones (%d such): no latency but a wrapped or unset clock; correct the program that records it",
					i, within(s.Parts(), k), number.Quantity(v, s.Unit), v/usual, s.Above(limit))}
			}
		}
	}
	return nil
}
