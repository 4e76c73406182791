package wcet

import (
	"math"
	"slices"

	"github.com/memkit-go/memkit/wcet/evt"
)

// reportedQuantiles are the quantiles every [Analysis] lists.
var reportedQuantiles = []float64{0.5, 0.99, 0.999, 0.9999}

// Analyze tests what the samples of one benchmark are like and gives the bounds
// that they support. It fails on samples that are no latencies (negative) and on
// a population without any.
func Analyze(pop Population, opt Options) (*Analysis, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	ev, err := newEvidence(pop, opt.Seed)
	if err != nil {
		return nil, err
	}
	a := &Analysis{
		N:             ev.pooled.N(),
		NEff:          ev.pooled.Effective(),
		Processes:     ev.processes,
		Mean:          ev.mean(),
		Max:           math.NaN(),
		Hypotheses:    ev.pooled.Hypotheses(),
		ExtremalIndex: ev.pooled.Theta,
		WorstProcess:  ev.worst,
		Counters:      ev.counters,
		Facts:         ev.facts,
		Extrapolation: opt.Extrapolation,
	}
	for _, s := range ev.batch {
		a.Batches += len(s.Samples)
	}
	if a.N > 0 {
		a.Max = ev.pooled.Largest()
	}
	for _, p := range reportedQuantiles {
		a.Quantiles = append(a.Quantiles, ev.limits(p, opt.Confidence, opt.Confidence))
	}
	if a.N == 0 {
		return a, nil
	}
	worst := ev.worstTail(opt.Targets[0], opt.Confidence)
	a.Tail = newTailFit(worst.GPD())
	a.ThresholdScan = worst.ThresholdScan()
	a.TailQuantiles = tailQuantiles(worst, slices.Min(opt.Targets), opt.Confidence)
	a.Resolution = worst.Resolution()
	for _, p := range opt.Targets {
		a.Bounds = append(a.Bounds, ev.tailBound(p, opt.Confidence, opt.Extrapolation), ev.orderBound(p, opt.Confidence))
	}
	return a, nil
}

const (
	// tailSteps a decade are the quantiles of a tail that an [Analysis] lists.
	tailSteps = 2
	// mostTailQuantiles bounds their number: nine decades of activations.
	mostTailQuantiles = 18
)

// tailQuantiles are those of a fitted tail, two a decade of the exceedance
// probability, down to the least one asked for.
func tailQuantiles(e *evt.Estimate, least, confidence float64) (list []Quantile) {
	for k := tailSteps; len(list) < mostTailQuantiles; k++ {
		p := math.Pow(10, -float64(k)/tailSteps)
		if p < least*(1-1e-9) {
			break
		}
		if value := e.Tail.Quantile(p); !math.IsNaN(value) {
			list = append(list, Quantile{P: 1 - p, Estimate: value, Lower: e.Tail.Limit(p, 1-confidence), Upper: e.Tail.Limit(p, confidence)})
		}
	}
	return list
}
