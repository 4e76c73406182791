package evt

import (
	"fmt"
	"math"

	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// Sample is a population of values: one series in measuring order or several, such
// as those of the processes of a run. It is sorted and tested once, for any number
// of fits. It belongs to one goroutine.
type Sample struct {
	*stat.Sample
	// Unit of the values, for messages; empty where none is known.
	Unit string

	hypotheses map[string]Hypothesis
	between    *Hypothesis
	compared   bool
}

// NewSample prepares series, which it keeps and does not change.
func NewSample(series [][]float64) *Sample { return &Sample{Sample: stat.NewSample(series)} }

// Split gives each series as a sample of its own. The tests of the whole apply to
// each.
func (s *Sample) Split() []*Sample {
	var each []*Sample
	for _, series := range s.Parts() {
		one := NewSample([][]float64{series})
		one.Unit, one.hypotheses = s.Unit, s.Hypotheses()
		each = append(each, one)
	}
	return each
}

// Effective is the number of independent values that the sample is worth: its size
// times the extremal index, where a test finds that exceedances cluster; an index
// below 1 by chance costs nothing.
func (s *Sample) Effective() float64 {
	if clustered(s.Hypotheses()) {
		return float64(s.N()) * s.Theta
	}
	return float64(s.N())
}

// Estimate fits the tail. It fails on options that are none; a sample without a
// tail to fit gives an estimate whose bounds are unsupported and say why.
func (s *Sample) Estimate(opt Options) (*Estimate, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	return s.estimate(opt), nil
}

func (s *Sample) estimate(opt Options) *Estimate {
	for _, e := range estimators {
		if e.model == opt.Model {
			return &Estimate{Tail: e.fit(s, opt), sample: s, method: e.method, opt: opt}
		}
	}
	panic("evt: a model that the options admit has no estimator")
}

// check refuses series without values, or with values that no tail can be fitted
// to.
func check(series [][]float64) error {
	n, first, same := 0, 0.0, true
	for k, x := range series {
		for i, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%w: sample %d%s is %v", ErrNotFinite, i, within(series, k), v)
			}
			if math.Abs(v) > largestValue {
				return fmt.Errorf("%w: sample %d%s is %g; squares of values beyond %g overflow, use another unit", ErrTooLarge, i, within(series, k), v, largestValue)
			}
			if n == 0 && i == 0 {
				first = v
			}
			same = same && v == first
		}
		n += len(x)
	}
	switch {
	case n == 0:
		return ErrNoSamples
	case same:
		return fmt.Errorf("%w (%d × %g)", ErrConstant, n, first)
	}
	return nil
}

// within says which series a sample is of, where there are several.
func within(series [][]float64, k int) string {
	if len(series) < 2 {
		return ""
	}
	return fmt.Sprintf(" of series %d", k)
}

// largestValue is the largest size of a value whose sums of squares do not overflow.
const largestValue = 1e150

// thinned is every so many-th value in measuring order, about n in all, or s itself
// where there are no more.
func (s *Sample) thinned(n int) stat.Orders {
	if s.N() <= n {
		return s.Orders
	}
	var parts [][]float64
	for _, part := range s.Parts() {
		parts = append(parts, stat.Thinned(part, max(1, n/len(s.Parts()))))
	}
	return stat.NewOrders(parts)
}

// halves are the first and the second half of each series, to be asked for values
// beyond level.
func (s *Sample) halves(level float64) (first, second stat.Orders) {
	var a, b [][]float64
	for _, part := range s.Parts() {
		a, b = append(a, part[:len(part)/2]), append(b, part[len(part)/2:])
	}
	return stat.NewTail(a, level), stat.NewTail(b, level)
}
