package wcet

// Evaluation is the outcome of one [Budget].
type Evaluation struct {
	Benchmark string
	Verdict   Verdict
	// Checks, one for every limit of the budget.
	Checks []Check
}

// Check is the outcome of one limit.
type Check struct {
	// Metric is what was limited: "p99", "mean/today/make-1k", "count/skipped",
	// "exceedance@1e-06".
	Metric   string
	Estimate float64
	// Lower and Upper are the one-sided limits the verdict rests on.
	Lower, Upper float64
	Limit        float64
	Verdict      Verdict
	// Needed is how many more samples would decide an INCONCLUSIVE check; 0
	// where unknown or decided.
	Needed int
	// Why says in one sentence what the verdict rests on and, where it is no
	// PASS, what to do.
	Why string
}
