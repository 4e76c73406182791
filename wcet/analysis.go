package wcet

import (
	"fmt"

	"github.com/memkit-go/memkit/wcet/evt"
	"github.com/memkit-go/memkit/wcet/internal/number"
)

// Analysis is what the evidence says of one benchmark, before any budget.
type Analysis struct {
	// N counts latency samples over all processes; NEff is the effective number
	// of independent ones: N times the extremal index, where exceedances cluster
	// beyond chance.
	N    int     `json:"n"`
	NEff float64 `json:"n_eff"`
	// Batches counts the samples of the batch series.
	Batches int `json:"batches,omitempty"`
	// Processes that contributed.
	Processes int `json:"processes"`
	// Mean is the cost per operation from the batch series, or the mean latency
	// where there is none; NaN without samples.
	Mean float64 `json:"mean"`
	// Max is an observation, never a bound.
	Max float64 `json:"max"`
	// Quantiles at .5, .99, .999 and .9999 with distribution-free limits.
	Quantiles []Quantile `json:"quantiles"`
	// Hypotheses by name: "ljung-box", "runs", "ks-halves", "kpss",
	// "extremal-index", "between-process", … Of several processes the one with
	// the least p-value is listed, corrected for their number.
	Hypotheses map[string]Hypothesis `json:"hypotheses"`
	// ExtremalIndex by intervals (Ferro & Segers 2003); 1 means independent
	// exceedances.
	ExtremalIndex float64 `json:"extremal_index"`
	// Tail is the fitted generalised Pareto tail; nil where nothing was fitted.
	Tail *TailFit `json:"tail,omitempty"`
	// TailQuantiles of the fitted tail, from its threshold to the rarest target, two a
	// decade, with the fit's limits: the return levels of 1/(1−P) activations.
	TailQuantiles []Quantile `json:"tail_quantiles,omitempty"`
	// ThresholdScan lists the thresholds that the tail was chosen from.
	ThresholdScan []evt.Candidate `json:"threshold_scan,omitempty"`
	// Bounds: extreme-value upper limits, each marked supported or not.
	Bounds []Bound `json:"bounds"`
	// WorstProcess is true when the between-process test rejects and every
	// bound here is that of the worst process instead of the pool's.
	WorstProcess bool `json:"worst_process"`
	// Resolution is the timer step that the largest samples are multiples of; 0
	// where they look continuous.
	Resolution float64 `json:"resolution"`
	// Extrapolation is the cap that the bounds were held to: p ≥ 1/(Extrapolation·NEff).
	Extrapolation float64 `json:"extrapolation"`
	// Counters summed over processes.
	Counters map[string]float64 `json:"counters,omitempty"`
	// Facts are the largest over processes: of figures that do not add up the
	// worst.
	Facts map[string]float64 `json:"facts,omitempty"`
}

// Quantile is an order-statistic estimate with its one-sided limits. A limit is
// NaN where the samples cannot give it at the asked confidence.
type Quantile struct {
	P        float64 `json:"p"`
	Estimate float64 `json:"estimate"`
	Lower    float64 `json:"lower"`
	Upper    float64 `json:"upper"`
}

// String is the estimate between its limits.
func (q Quantile) String() string {
	return fmt.Sprintf("%s %s (%s to %s)", quantileName(q.P), number.Short(q.Estimate), number.Short(q.Lower), number.Short(q.Upper))
}

// TailFit is a generalised Pareto fit above a threshold.
type TailFit struct {
	Threshold   float64 `json:"threshold"`
	Exceedances int     `json:"nexc"`
	Scale       float64 `json:"scale"`
	Shape       float64 `json:"shape"`
	ShapeLower  float64 `json:"shape_lower"`
	ShapeUpper  float64 `json:"shape_upper"`
	NLL         float64 `json:"nll"`
}

func newTailFit(g *evt.GPDResult) *TailFit {
	if g == nil {
		return nil
	}
	return &TailFit{
		Threshold: g.Threshold, Exceedances: g.Exceedances, Scale: g.Scale, Shape: g.Shape,
		ShapeLower: g.ShapeCI[0], ShapeUpper: g.ShapeCI[1], NLL: g.NLL,
	}
}
