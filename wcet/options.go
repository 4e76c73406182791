package wcet

import "github.com/memkit-go/memkit/wcet/evt"

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
	if err := evt.CheckConfidence("wcet: Options.Confidence", o.Confidence); err != nil {
		return o, err
	}
	if o.Extrapolation == 0 {
		o.Extrapolation = MaxExtrapolation
	}
	if err := evt.CheckExtrapolation("wcet: Options.Extrapolation", o.Extrapolation); err != nil {
		return o, err
	}
	if o.Targets == nil {
		o.Targets = []float64{DefaultTarget}
	}
	for _, p := range o.Targets {
		if err := evt.CheckTarget("wcet: Options.Targets", p); err != nil {
			return o, err
		}
	}
	return o, nil
}
