// Package stat holds the statistics that every bound rests on: order statistics of
// ordered series and their binomial limits, tests of what the series are like, the
// extremal index, and the one-dimensional and Newton minimisers.
//
// Nothing here knows of latencies, budgets or verdicts.
package stat
