package wcet

import "fmt"

// Evaluation is the outcome of one [Budget].
type Evaluation struct {
	Benchmark string  `json:"benchmark"`
	Verdict   Verdict `json:"verdict"`
	// Checks, one for every limit of the budget.
	Checks []Check `json:"checks"`
}

// Check is the outcome of one limit.
type Check struct {
	// Metric names the figure that was limited: "p99", "mean/today/make-1k", "count/skipped",
	// "exceedance@1e-06".
	Metric   string  `json:"metric"`
	Estimate float64 `json:"estimate"`
	// Lower and Upper are the one-sided limits the verdict rests on.
	Lower   float64 `json:"lower"`
	Upper   float64 `json:"upper"`
	Limit   float64 `json:"limit"`
	Verdict Verdict `json:"verdict"`
	// Population is what the quantile of nine in ten of all processes stays within,
	// at 95%, whereas Lower and Upper are of the processes that were measured. Set
	// from 29 processes on; 0 for checks without one, NaN for fewer processes.
	Population float64 `json:"population"`
	// Needed is how many more samples would decide an INCONCLUSIVE check; 0
	// where unknown or decided.
	Needed int `json:"needed"`
	// Why says in one sentence what the verdict rests on and, where it is no
	// PASS, what to do.
	Why string `json:"why"`
}

// String is the metric, the verdict and what it rests on.
func (c Check) String() string { return fmt.Sprintf("%s %s: %s", c.Metric, c.Verdict, c.Why) }

// String is the benchmark, the verdict and one line for each check.
func (e Evaluation) String() string {
	text := fmt.Sprintf("%s: %s", e.Benchmark, e.Verdict)
	for _, c := range e.Checks {
		text += "\n\t" + c.String()
	}
	return text
}
