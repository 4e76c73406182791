package wcet

import (
	"fmt"
	"math"

	"github.com/memkit-go/memkit/wcet/evt"
	"github.com/memkit-go/memkit/wcet/internal/number"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// UndecidableError says that a budget asks more than its samples can answer,
// whatever they turn out to be.
type UndecidableError struct {
	Benchmark  string
	Metric     string  // "p9999"
	Confidence float64 // 0.95
	Need, Have int     // independent samples
	Note       string  // what the limit is not, where it stands for a standard's level
}

func (e *UndecidableError) Error() string {
	text := fmt.Sprintf("%s: %s at %g%% needs ≥%s independent samples; the run gives %s; measure longer, or ask a lower quantile",
		e.Benchmark, e.Metric, e.Confidence*100, number.Grouped(e.Need), number.Grouped(e.Have))
	if e.Note != "" {
		text += " (" + e.Note + ")"
	}
	return text
}

// Decidable reports whether n latency samples, all processes together, could
// decide the budget at all: a [*UndecidableError] names the first limit that they
// cannot. The p-quantile needs ln(1−confidence)/ln(p) samples; an extreme-value
// bound at p needs 1/(1000·p), 1000 being the budget's extrapolation, and enough for a tail. Dependence between samples
// raises every need; that shows only once they are measured.
func Decidable(b Budget, n int) error {
	for _, r := range b.requirements() {
		if n < r.samples {
			return &UndecidableError{b.Benchmark, r.metric, b.confidence(), r.samples, n, r.note}
		}
	}
	return nil
}

// requirement is the least number of independent samples that a limit needs.
type requirement struct {
	metric  string
	samples int
	note    string
}

func (b Budget) requirements() []requirement {
	var list []requirement
	for _, q := range b.Quantiles {
		list = append(list, requirement{quantileName(q.P), stat.SamplesFor(q.P, b.confidence()), ""})
	}
	if e := b.Exceedance; e != nil {
		need := max(evt.MinSamples, int(math.Ceil(1/(b.extrapolation()*e.P)-1e-9)))
		if b.OnUnsupported == UnsupportedDistributionFree {
			need = max(need, stat.SamplesFor(1-e.P, b.confidence()))
		}
		list = append(list, requirement{exceedanceName(e.P), need, e.note()})
	}
	return list
}
