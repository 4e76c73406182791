// Package wcet turns recorded latencies into bounds with stated confidence, and
// budgets into verdicts.
//
// [Analyze] tests the samples of one benchmark and gives the bounds that they
// support. [Evaluate] gives verdicts on budgets. [Verify] makes a budget an
// ordinary Go test. [Sequential] evaluates while samples are still being taken, and
// [EvaluateAt] evaluates such a run afterwards. [Fit] estimates the tail of any
// column of numbers. Package evt has the estimators; package selftest measures the
// error rates of verdicts and bounds.
//
// There are two kinds of bounds: distribution-free order statistics and an
// extreme-value upper confidence limit. Samples are never deleted. A verdict is
// PASS, FAIL, INCONCLUSIVE or UNSUPPORTED; the last is common on a virtual machine,
// by design.
//
// # Order statistics
//
// The p-quantile is bounded by an order statistic whose rank comes from the
// binomial distribution. Dependence between samples reduces the evidence: counts
// and sample size are divided by a design effect (the variance of the count over 40
// batches against the binomial one), a bound by the maximum alone uses the lower
// limit of the extremal index, and fewer than ten independent clusters of
// exceedances decide nothing. A slow mode that comes in bursts was met as often as
// there are bursts: of fewer than ten only the maximum is an upper limit.
//
// # Processes
//
// Limits are of the processes that were measured, and every text says so: "of these
// five processes". One process is one sample of the population of processes; where
// that population's scale varies by 5%, a verdict on five of them at a budget near
// its quantile is right for those five and wrong for the population in a third of
// all runs. From 29 processes on a check adds a tolerance bound (Wilks 1941): what
// nine in ten of all processes keep, at 95%.
//
// Where a test between processes rejects, every bound is that of the worst process. Ratios to another
// benchmark pair the processes of the same round; a ratio of quantiles fails only
// if the order statistics of both pools agree, whatever the distribution of the
// latencies.
//
// # Verdicts
//
// A process whose samples are all equal had a clock that stood still or ticks too
// rarely: nothing passes on it, and a fit of such samples is an error. What lies
// beyond its budget fails all the same.
//
// PASS needs every upper limit within its budget, each at the budget's
// confidence. FAIL needs a lower limit beyond it, at an error of 1% for all checks
// together (Holm 1979). A distribution-free FAIL beats UNSUPPORTED.
//
// All functions are safe for concurrent use and deterministic: the same samples
// and seed give the same result.
package wcet
