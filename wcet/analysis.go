package wcet

// Analysis is what the evidence says of one benchmark, before any budget.
type Analysis struct {
	// N counts latency samples over all processes; NEff is the effective number
	// of independent ones.
	N    int
	NEff float64
	// Processes that contributed.
	Processes int
	// Mean is the cost per operation from the batch series, or the mean latency
	// where there is none; NaN without samples.
	Mean float64
	// Max is an observation, never a bound.
	Max float64
	// Quantiles at .5, .99, .999 and .9999 with distribution-free limits.
	Quantiles []Quantile
	// Hypotheses by name: "ljung-box", "runs", "ks-halves", "kpss",
	// "between-process", ….
	Hypotheses map[string]Hypothesis
	// ExtremalIndex by intervals (Ferro & Segers 2003); 1 means independent
	// exceedances.
	ExtremalIndex float64
	// Tail is the fitted generalised Pareto tail; nil where nothing was fitted.
	Tail *TailFit
	// Bounds: extreme-value upper limits, each marked supported or not.
	Bounds []Bound
	// WorstProcess is true when the between-process test rejects and every
	// bound here is that of the worst process instead of the pool's.
	WorstProcess bool
	// Counters summed over processes.
	Counters map[string]float64
}

// Quantile is an order-statistic estimate with its one-sided limits. A limit is
// NaN where the samples cannot give it at the asked confidence.
type Quantile struct {
	P        float64
	Estimate float64
	Lower    float64
	Upper    float64
}

// Hypothesis is the outcome of one test.
type Hypothesis struct {
	Stat   float64 `json:"stat"`
	P      float64 `json:"p"`
	Reject bool    `json:"reject"`
}

// TailFit is a generalised Pareto fit above a threshold.
type TailFit struct {
	Threshold   float64
	Exceedances int
	Scale       float64
	Shape       float64
	ShapeLower  float64
	ShapeUpper  float64
	NLL         float64
}

// Bound is an upper confidence limit of the value exceeded with probability P.
type Bound struct {
	P float64
	// Value is the point estimate, Upper its one-sided confidence limit.
	Value float64
	Upper float64
	// Method names the estimate: "gpd-profile", "order-statistic", ….
	Method    string
	Supported bool
	// Reasons why it is not supported; empty when it is.
	Reasons []string
}
