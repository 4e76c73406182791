package wcet

import "math"

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
	a.Resolution = worst.Resolution()
	for _, p := range opt.Targets {
		a.Bounds = append(a.Bounds, ev.tailBound(p, opt.Confidence, opt.Extrapolation), ev.orderBound(p, opt.Confidence))
	}
	return a, nil
}
