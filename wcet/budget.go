package wcet

import (
	"fmt"
	"math"

	"github.com/memkit-go/memkit/wcet/evt"
)

// Budget is what one benchmark must keep.
type Budget struct {
	// Benchmark names it.
	Benchmark string
	// Confidence of every limit, one-sided; zero means 0.95.
	Confidence float64
	// Quantiles bound latency quantiles in the series' unit.
	Quantiles []QuantileLimit
	// Exceedance bounds the value that at most a share P of activations exceed,
	// by an extreme-value upper limit. Nil: none.
	Exceedance *ExceedanceLimit
	// Ratios bound this benchmark against a peer of the same run.
	Ratios []RatioLimit
	// Counts bound exact counters ("skipped", "allocs").
	Counts []CountLimit
	// OnUnsupported says what an UNSUPPORTED extreme-value bound becomes; never
	// a pass.
	OnUnsupported OnUnsupported
	// Extrapolation lowers how many times beyond the number of independent samples
	// Exceedance may reach, 1 to [MaxExtrapolation]; zero is that most. Every check
	// of an exceedance records it.
	Extrapolation float64
}

// QuantileLimit: the P-quantile is at most Limit.
type QuantileLimit struct {
	P     float64 // 0.99
	Limit float64 // in the series' unit
}

// ExceedanceLimit: the value exceeded with probability P an activation is at
// most Limit (often called pWCET).
type ExceedanceLimit struct {
	P     float64 // 1e-6
	Limit float64
	// Target names the level of a standard whose failure rate P stands for
	// ("SIL3"); [PresetNote] then goes with the check. Empty: P is the user's own.
	Target string
}

// RatioLimit: Metric of this benchmark over Metric of To is at most Limit.
type RatioLimit struct {
	To string
	// P is the quantile compared; 0 compares the mean cost per operation.
	P     float64
	Limit float64
}

// CountLimit: the counter, summed over processes, is at most Limit.
type CountLimit struct {
	Counter string
	Limit   float64
}

// OnUnsupported selects the fate of a budget whose extreme-value bound the
// evidence does not support.
type OnUnsupported string

const (
	// UnsupportedStays reports UNSUPPORTED; the zero value.
	UnsupportedStays OnUnsupported = ""
	// UnsupportedFails turns it into FAIL.
	UnsupportedFails OnUnsupported = "fail"
	// UnsupportedInconclusive turns it into INCONCLUSIVE.
	UnsupportedInconclusive OnUnsupported = "inconclusive"
	// UnsupportedDistributionFree judges by order statistics instead.
	UnsupportedDistributionFree OnUnsupported = "distribution-free"
)

// confidence with its default.
func (b Budget) confidence() float64 {
	if b.Confidence == 0 {
		return DefaultConfidence
	}
	return b.Confidence
}

// extrapolation with its default.
func (b Budget) extrapolation() float64 {
	if b.Extrapolation == 0 {
		return MaxExtrapolation
	}
	return b.Extrapolation
}

// Validate reports the first limit that is no limit: a quantile outside (0, 1),
// an exceedance probability outside (0, 0.1], a ratio to nothing, a budget
// without any limit.
func (b Budget) Validate() error {
	if err := evt.CheckConfidence("wcet: budget "+b.Benchmark+": confidence", b.confidence()); err != nil {
		return err
	}
	if len(b.Quantiles)+len(b.Ratios)+len(b.Counts) == 0 && b.Exceedance == nil {
		return fmt.Errorf("wcet: budget %s: sets no limit; give a quantile, pwcet, ratio or count", b.Benchmark)
	}
	if err := evt.CheckExtrapolation("wcet: budget "+b.Benchmark+": extrapolation", b.extrapolation()); err != nil {
		return err
	}
	for _, q := range b.Quantiles {
		if !(q.P > 0 && q.P < 1) {
			return fmt.Errorf("wcet: budget %s: quantile %v: must lie in (0, 1)", b.Benchmark, q.P)
		}
		if err := b.checkLimit(quantileName(q.P), q.Limit); err != nil {
			return err
		}
	}
	if e := b.Exceedance; e != nil {
		if err := evt.CheckTarget("wcet: budget "+b.Benchmark+": exceedance", e.P); err != nil {
			return err
		}
		if err := b.checkLimit("exceedance", e.Limit); err != nil {
			return err
		}
	}
	for _, r := range b.Ratios {
		if r.To == "" || r.To == b.Benchmark {
			return fmt.Errorf("wcet: budget %s: ratio to %q: name another benchmark of the same run", b.Benchmark, r.To)
		}
		if !(r.P >= 0 && r.P < 1) {
			return fmt.Errorf("wcet: budget %s: ratio to %s: quantile %v must lie in (0, 1), or be 0 for the mean", b.Benchmark, r.To, r.P)
		}
		if err := b.checkLimit("ratio to "+r.To, r.Limit); err != nil {
			return err
		}
	}
	for _, c := range b.Counts {
		if c.Counter == "" || !(c.Limit >= 0) || math.IsInf(c.Limit, 0) {
			return fmt.Errorf("wcet: budget %s: count %q ≤ %v: name a counter and a limit ≥0", b.Benchmark, c.Counter, c.Limit)
		}
	}
	switch b.OnUnsupported {
	case UnsupportedStays, UnsupportedFails, UnsupportedInconclusive, UnsupportedDistributionFree:
		return nil
	}
	return fmt.Errorf("wcet: budget %s: on_unsupported %q: must be fail, inconclusive or distribution-free", b.Benchmark, b.OnUnsupported)
}

func (b Budget) checkLimit(what string, limit float64) error {
	if !(limit > 0) || math.IsInf(limit, 0) {
		return fmt.Errorf("wcet: budget %s: %s ≤ %v: the limit must be positive and finite", b.Benchmark, what, limit)
	}
	return nil
}
