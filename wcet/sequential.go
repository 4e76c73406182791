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
	decided bool
}

// NewSequential starts a sequential judgement of budgets.
func NewSequential(budgets []Budget) *Sequential { return &Sequential{budgets: budgets} }

// lookShare is the share of the error rates that look k, from 1, may spend; 0 is
// the only look there ever was.
func lookShare(k int) float64 {
	if k == 0 {
		return 1
	}
	return 6 / (math.Pi * math.Pi * float64(k) * float64(k))
}

// EvaluateAt is [Evaluate] for samples whose number earlier looks at them have
// decided: look is the number of the last one, from 1; 0 is Evaluate itself.
func EvaluateAt(budgets []Budget, pops map[string]Population, look int) ([]Evaluation, error) {
	return evaluate(budgets, pops, errorShare{share: lookShare(look)})
}

// Look judges all samples taken so far, those of earlier looks included; its
// evaluations lack the extreme-value checks. decided means that more samples
// change nothing about the rest: some budget is broken, or no check is
// INCONCLUSIVE. A budget of nothing but an extreme-value bound is never decided
// early. Call [Sequential.Final] when decided, or when time is up.
func (s *Sequential) Look(pops map[string]Population) (evaluations []Evaluation, decided bool, err error) {
	s.looks++
	evaluations, err = evaluate(s.budgets, pops, errorShare{share: lookShare(s.looks), interim: true})
	if err != nil {
		return nil, false, err
	}
	s.decided = Overall(evaluations) == Fail || !slices.ContainsFunc(evaluations, func(e Evaluation) bool {
		return len(e.Checks) == 0 || slices.ContainsFunc(e.Checks, func(c Check) bool { return c.Verdict == Inconclusive })
	})
	return evaluations, s.decided, nil
}

// Final judges the extreme-value bounds too. Where the last look decided, it takes
// the very samples of that look and spends nothing more; else it is a look of its
// own, at more samples.
func (s *Sequential) Final(pops map[string]Population) ([]Evaluation, error) {
	return EvaluateAt(s.budgets, pops, s.FinalLook())
}

// FinalLook is the number of the look that [Sequential.Final] makes, for
// [EvaluateAt].
func (s *Sequential) FinalLook() int {
	if s.decided {
		return s.looks
	}
	return s.looks + 1
}
