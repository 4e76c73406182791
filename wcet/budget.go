package wcet

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
