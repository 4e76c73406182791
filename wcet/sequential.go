package wcet

import (
	"math"
	"slices"
)

// Sequential judges samples that are still being taken, again and again, without
// the false verdicts that repeated looks cause: sixty looks at 95% each would
// pass a broken budget in 20% of all runs.
//
// Both error rates are spent over the looks. Look k gets the share 6/(π²k²), so
// that all looks together, however many there will be, spend what one evaluation
// would (Lan & DeMets 1983, by the union bound: no assumption about the looks'
// dependence). Looks are best spaced geometrically. Between looks only
// order-statistic limits, ratios and counts are judged; the extreme-value fit is
// made once, in [Sequential.Final].
//
// A Sequential belongs to one goroutine.
type Sequential struct {
	budgets []Budget
	looks   int
}

// NewSequential starts a sequential judgement of budgets.
func NewSequential(budgets []Budget) *Sequential { return &Sequential{budgets: budgets} }

// share of the error rates that the next look may spend.
func (s *Sequential) share() float64 {
	s.looks++
	k := float64(s.looks)
	return 6 / (math.Pi * math.Pi * k * k)
}

// Look judges all samples taken so far, those of earlier looks included; its
// evaluations lack the extreme-value checks. decided means that more samples
// change nothing about the rest: some budget is broken, or no check is
// INCONCLUSIVE. A budget of nothing but an extreme-value bound is never decided
// early. Call [Sequential.Final] when decided, or when time is up.
func (s *Sequential) Look(pops map[string]Population) (evaluations []Evaluation, decided bool, err error) {
	evaluations, err = evaluate(s.budgets, pops, errorShare{share: s.share(), interim: true})
	if err != nil {
		return nil, false, err
	}
	decided = Overall(evaluations) == Fail || !slices.ContainsFunc(evaluations, func(e Evaluation) bool {
		return len(e.Checks) == 0 || slices.ContainsFunc(e.Checks, func(c Check) bool { return c.Verdict == Inconclusive })
	})
	return evaluations, decided, nil
}

// Final is the last look; it judges the extreme-value bounds too.
func (s *Sequential) Final(pops map[string]Population) ([]Evaluation, error) {
	return evaluate(s.budgets, pops, errorShare{share: s.share()})
}
