package wcet

import "fmt"

const (
	// DefaultConfidence of every one-sided limit.
	DefaultConfidence = 0.95
	// DefaultTarget is the exceedance probability per activation that a bound is
	// given for when none is asked.
	DefaultTarget = 1e-6
)

// Options of [Analyze] and [Verify]. For Analyze the zero value is usable; Verify
// needs a Budget.
type Options struct {
	// Confidence of every limit, one-sided, in (0.5, 1). Zero: 0.95.
	Confidence float64
	// Targets are the exceedance probabilities per activation to give
	// extreme-value bounds for, each in (0, 0.1]. Nil: 1e-6.
	Targets []float64
	// Extrapolation lowers how many times beyond the number of independent samples a
	// bound may reach, 1 to [MaxExtrapolation]; zero is that most.
	Extrapolation float64
	// Seed of the bootstrap. Zero is a fixed seed: the same samples always give
	// the same analysis.
	Seed uint64

	// Budget that [Verify] judges; its Confidence, not the one above, counts.
	// An empty Benchmark becomes the test's name.
	Budget Budget
	// Samples that [Verify] takes; zero: as many as the budget needs to be
	// decidable, threefold, and 10,000 at least. A tenth, but no fewer than the
	// budget needs, under `go test -short`.
	Samples int
	// Advisory makes INCONCLUSIVE and UNSUPPORTED a log line instead of a test
	// failure. FAIL fails always.
	Advisory bool
	// Now reads a monotonic clock in nanoseconds; nil: time.Since. A test gives
	// a virtual clock.
	Now func() int64
}

func (o Options) withDefaults() (Options, error) {
	if o.Confidence == 0 {
		o.Confidence = DefaultConfidence
	}
	if err := checkConfidence("Options.Confidence", o.Confidence); err != nil {
		return o, err
	}
	if o.Extrapolation == 0 {
		o.Extrapolation = MaxExtrapolation
	}
	if err := checkExtrapolation("Options.Extrapolation", o.Extrapolation); err != nil {
		return o, err
	}
	if o.Targets == nil {
		o.Targets = []float64{DefaultTarget}
	}
	for _, p := range o.Targets {
		if err := checkTarget("Options.Targets", p); err != nil {
			return o, err
		}
	}
	return o, nil
}

func checkConfidence(field string, c float64) error {
	if !(c > 0.5 && c < 1) {
		return fmt.Errorf("wcet: %s %v: must lie between 0.5 and 1; 0.95 is usual", field, c)
	}
	return nil
}

func checkTarget(field string, p float64) error {
	if !(p > 0 && p <= 0.1) {
		return fmt.Errorf("wcet: %s %v: an exceedance probability lies in (0, 0.1]; 1e-6 is usual", field, p)
	}
	return nil
}

func checkExtrapolation(field string, most float64) error {
	if !(most >= 1 && most <= MaxExtrapolation) {
		return fmt.Errorf("wcet: %s %v: must lie in [1, %d]; beyond that nothing is known of the tail", field, most, MaxExtrapolation)
	}
	return nil
}
