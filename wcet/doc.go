// Package wcet turns recorded latencies into bounds with stated confidence, and
// budgets into verdicts.
//
// [Analyze] says what the samples of one benchmark are like and what they bound;
// [Evaluate] judges budgets; [Verify] makes a budget an ordinary Go test;
// [Sequential] judges while samples are still being taken, and [EvaluateAt] such a
// run afterwards. [Fit] estimates the tail of any column of numbers; package evt
// has its estimators, package selftest measures the error rates of all this.
//
// Two bounds stand side by side: distribution-free order statistics and an
// extreme-value upper confidence limit. Samples are never deleted. A verdict is
// PASS, FAIL, INCONCLUSIVE or UNSUPPORTED; the last is common on a virtual machine,
// by design.
//
// # Order statistics
//
// The p-quantile is bounded by an order statistic whose rank comes from the
// binomial distribution. Dependence between samples shrinks the evidence: counts
// and sample size are divided by a design effect (the variance of the count over
// 40 batches against the binomial one), a bound by the maximum alone uses the
// lower limit of the extremal index, and fewer than ten independent clusters of
// exceedances decide nothing.
//
// # Processes
//
// One process is one sample of the population of processes. Where a test between
// processes rejects, every bound is that of the worst process. Ratios to another
// benchmark pair the processes of the same round; one of quantiles fails only if
// order statistics of both pools say so too, whatever the latencies' distribution.
//
// # Verdicts
//
// PASS needs every upper limit within its budget, each at the budget's
// confidence. FAIL needs a lower limit beyond it, at an error of 1% for all checks
// together (Holm 1979). A distribution-free FAIL beats UNSUPPORTED.
//
// All functions are safe for concurrent use and deterministic: the same samples
// and seed give the same result.
package wcet
