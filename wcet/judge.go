package wcet

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/wcet/internal/number"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// failLevel is the error rate of all FAIL verdicts of one evaluation together.
// 56 budgets judged at 5% each would raise a false alarm in 94% of all runs.
const failLevel = 0.01

// Evaluate judges every budget against the populations, keyed by benchmark name.
// A check passes when its upper limit at the budget's confidence lies within its
// limit, so that a budget passes by intersection. It fails when its lower limit
// lies beyond, at a family-wise error of 1% over all checks of all budgets (Holm
// 1979), or when an exact count is too high. Everything else is INCONCLUSIVE, or
// UNSUPPORTED where the nature of the evidence forbids the claim; a
// distribution-free FAIL beats UNSUPPORTED.
//
// A budget for a benchmark that is not in pops, a ratio to one, and a count that
// no process recorded are errors: they are never a pass.
func Evaluate(budgets []Budget, pops map[string]Population) ([]Evaluation, error) {
	return evaluate(budgets, pops, wholeError)
}

// errorShare says how an evaluation spends its error rates: all at once, or a
// share of them at one of several looks.
type errorShare struct {
	share float64
	// interim looks leave extreme-value bounds for the last one.
	interim bool
}

// postponed counts the checks that an interim look leaves for the last one: they
// are of the family all the same, or the last look could take back a FAIL.
func (e errorShare) postponed(budgets []Budget) int {
	n := 0
	for _, b := range budgets {
		if e.interim && b.Exceedance != nil {
			n++
		}
	}
	return n
}

var wholeError = errorShare{share: 1}

func evaluate(budgets []Budget, pops map[string]Population, spend errorShare) ([]Evaluation, error) {
	j := judge{pops: pops, prepared: map[string]*evidence{}, spend: spend}
	cases := make([][]*checkCase, len(budgets))
	for i, b := range budgets {
		var err error
		if cases[i], err = j.cases(b); err != nil {
			return nil, err
		}
	}
	holm(slices.Concat(cases...), spend.postponed(budgets), failLevel*spend.share)
	evaluations := make([]Evaluation, len(budgets))
	for i, b := range budgets {
		e := Evaluation{Benchmark: b.Benchmark, Verdict: Inconclusive}
		for _, c := range cases[i] {
			e.Checks = append(e.Checks, c.conclude())
		}
		e.Verdict = worstVerdict(e.Checks)
		evaluations[i] = e
	}
	return evaluations, nil
}

// Overall is the verdict of everything together: FAIL beats UNSUPPORTED beats
// INCONCLUSIVE beats PASS. Nothing evaluated is INCONCLUSIVE, never PASS.
func Overall(evaluations []Evaluation) Verdict {
	if len(evaluations) == 0 {
		return Inconclusive
	}
	worst := Pass
	for _, e := range evaluations {
		worst = worse(worst, e.Verdict)
	}
	return worst
}

func worstVerdict(checks []Check) Verdict {
	if len(checks) == 0 {
		return Inconclusive
	}
	worst := Pass
	for _, c := range checks {
		worst = worse(worst, c.Verdict)
	}
	return worst
}

// severity orders verdicts.
var severity = map[Verdict]int{Pass: 1, Inconclusive: 2, Unsupported: 3, Fail: 4}

// worse is the more severe of two verdicts; one that is no verdict is
// INCONCLUSIVE, never a pass.
func worse(a, b Verdict) Verdict {
	if severity[b] == 0 {
		b = Inconclusive
	}
	if severity[b] > severity[a] {
		return b
	}
	return a
}

// judge prepares each population once.
type judge struct {
	pops     map[string]Population
	prepared map[string]*evidence
	spend    errorShare
}

func (j *judge) evidence(name, asked string) (*evidence, error) {
	if ev, ok := j.prepared[name]; ok {
		return ev, nil
	}
	pop, ok := j.pops[name]
	if !ok {
		return nil, fmt.Errorf("wcet: %s: benchmark %q was not measured; measured: %s", asked, name, strings.Join(slices.Sorted(maps.Keys(j.pops)), ", "))
	}
	ev, err := newEvidence(pop, 0)
	if err != nil {
		return nil, err
	}
	j.prepared[name] = ev
	return ev, nil
}

func (j *judge) cases(b Budget) ([]*checkCase, error) {
	if err := b.Validate(); err != nil {
		return nil, err
	}
	ev, err := j.evidence(b.Benchmark, "budget "+b.Benchmark)
	if err != nil {
		return nil, err
	}
	if ev.processes == 0 {
		return []*checkCase{unmeasured("measured", ev.unavailable, math.NaN())}, nil
	}
	confidence := 1 - (1-b.confidence())*j.spend.share
	var cases []*checkCase
	for _, q := range b.Quantiles {
		cases = append(cases, quantileCase(ev, q, confidence))
	}
	if b.Exceedance != nil && !j.spend.interim {
		cases = append(cases, exceedanceCase(ev, *b.Exceedance, b))
	}
	for _, r := range b.Ratios {
		peer, err := j.evidence(r.To, "budget "+b.Benchmark+", ratio")
		if err != nil {
			return nil, err
		}
		c := ratioCase(ev, peer, r, confidence)
		c.blockFrozen(peer)
		cases = append(cases, c)
	}
	for _, c := range cases {
		c.blockFrozen(ev)
	}
	for _, limit := range b.Counts {
		value, ok := ev.counters[limit.Counter]
		if !ok {
			return nil, fmt.Errorf("wcet: budget %s: count %q was not recorded; recorded: %s", b.Benchmark, limit.Counter, strings.Join(slices.Sorted(maps.Keys(ev.counters)), ", "))
		}
		cases = append(cases, countCase(limit, value))
	}
	return cases, nil
}

// unmeasured is the check of something this machine could not measure.
func unmeasured(metric, why string, limit float64) *checkCase {
	return &checkCase{
		Check:   Check{Metric: metric, Estimate: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), Limit: limit},
		failP:   1,
		blocked: true, undecided: Unsupported,
		subject: "not measured here", reasons: []string{why},
	}
}

// blockFrozen keeps a check of times from passing where a clock stood still.
func (c *checkCase) blockFrozen(ev *evidence) {
	if ev.frozen == "" {
		return
	}
	if !c.blocked || c.undecided != Fail {
		c.undecided = Unsupported
	}
	c.blocked = true
	c.reasons = append([]string{ev.frozen}, c.reasons...)
}

func countCase(limit CountLimit, value float64) *checkCase {
	return &checkCase{
		Check:   Check{Metric: "count/" + limit.Counter, Estimate: value, Lower: value, Upper: value, Limit: limit.Limit},
		failed:  value > limit.Limit,
		counted: true,
		// A count is either within its limit or not.
		undecided: Inconclusive,
	}
}

func quantileCase(ev *evidence, q QuantileLimit, confidence float64) *checkCase {
	at := ev.limits(q.P, 1-failLevel, confidence)
	c := &checkCase{
		Check:     Check{Metric: quantileName(q.P), Estimate: at.Estimate, Upper: at.Upper, Limit: q.Limit},
		failP:     ev.beyond(q.P, q.Limit),
		lowerAt:   func(alpha float64) float64 { return ev.limits(q.P, 1-alpha, confidence).Lower },
		unit:      ev.unit,
		undecided: Inconclusive,
		subject:   "order statistics of " + ev.whose(),
	}
	c.Needed = ev.needed(q.P, q.Limit, confidence)
	c.explainBursts(ev, q.P)
	if c.Population = tolerance(ev.byProcess(q.P)); !math.IsNaN(c.Population) {
		c.note = fmt.Sprintf("of all processes, nine in ten keep theirs within %s (tolerance bound at 95%%)", number.Quantity(c.Population, ev.unit))
	}
	return c
}

// explainBursts says what an undecided check lacks where bursts are too few.
func (c *checkCase) explainBursts(ev *evidence, p float64) {
	for _, s := range ev.samples() {
		if shown, few := s.BurstsAt(p); few {
			c.reasons = []string{fmt.Sprintf("a slow mode comes in bursts, or the level drifts: %d bursts show, and fewer than %d say little of how often they come; measure %.0f times as long, or find the cause",
				shown, stat.MinClusters, math.Ceil(float64(stat.MinClusters)/float64(shown)+0.5))}
			return
		}
	}
}

// whose names the samples that limits rest on.
func (ev *evidence) whose() string {
	if ev.worst {
		return fmt.Sprintf("the worst of these %d processes, which differ", ev.processes)
	}
	if ev.processes == 1 {
		return fmt.Sprintf("%s samples of this process", number.Grouped(ev.pooled.N()))
	}
	return fmt.Sprintf("%s samples of these %d processes", number.Grouped(ev.pooled.N()), ev.processes)
}

// needed estimates how many more samples would decide a quantile's limit if the
// rate of exceedances stays what it is; 0 when even 1e12 would not.
func (ev *evidence) needed(p, limit, confidence float64) int {
	s := ev.pooled
	if s.N() == 0 {
		return stat.SamplesFor(p, confidence)
	}
	n := float64(s.N())
	effect := s.DesignEffect(p)
	rate := float64(s.Above(limit)) / n
	decided := func(total float64) bool {
		m, trials := rate*total, total
		if rate == 0 {
			return stat.RateUpper(0, trials*s.ThetaLower, confidence) <= 1-p
		}
		if m*s.Theta < stat.MinClusters {
			return false
		}
		if rate < 1-p {
			return stat.BinomialAtMost(m/effect, trials/effect, 1-p) <= 1-confidence
		}
		return stat.BinomialAtLeast(m/effect, trials/effect, 1-p) <= failLevel
	}
	total := n
	for !decided(total) {
		if total *= 1.05; total > 1e12 {
			return 0
		}
	}
	processes := 1.0
	if ev.worst {
		// Each process has to decide for itself.
		processes = float64(len(ev.each))
	}
	return int(math.Ceil(max(total*processes-n, 1)))
}

func exceedanceCase(ev *evidence, limit ExceedanceLimit, b Budget) *checkCase {
	metric := exceedanceName(limit.P)
	if ev.pooled.N() == 0 {
		return unmeasured(metric, "no latency samples; only a batch series was measured", limit.Limit)
	}
	confidence := b.confidence()
	bound := ev.tailBound(limit.P, confidence, b.extrapolation())
	c := &checkCase{
		Check:     Check{Metric: metric, Estimate: bound.Value, Upper: bound.Upper, Limit: limit.Limit},
		failP:     ev.beyond(1-limit.P, limit.Limit),
		unit:      ev.unit,
		undecided: Inconclusive,
		subject:   "extreme-value limit from " + ev.whose(),
		remedy:    "measure longer: the limit tightens with more samples",
		note:      limit.note(),
	}
	c.lowerAt = func(alpha float64) float64 { return ev.limits(1-limit.P, 1-alpha, confidence).Lower }
	if bound.Supported {
		// Either evidence may condemn; each gets half of the error.
		free := c.lowerAt
		c.failP = min(1, 2*min(c.failP, ev.tailBeyond(limit.P, limit.Limit)))
		c.lowerAt = func(alpha float64) float64 {
			lower := ev.tailLower(limit.P, alpha/2)
			if f := free(alpha / 2); f > lower {
				return f
			}
			return lower
		}
		return c
	}
	switch b.OnUnsupported {
	case UnsupportedDistributionFree:
		order := ev.orderBound(limit.P, confidence)
		c.Estimate, c.Upper, c.subject, c.remedy = order.Value, order.Upper, "order statistics of "+ev.whose(), ""
		c.Needed = ev.needed(1-limit.P, limit.Limit, confidence)
		c.explainBursts(ev, 1-limit.P)
		return c
	case UnsupportedFails:
		c.undecided = Fail
	case UnsupportedInconclusive:
		c.undecided = Inconclusive
	default:
		c.undecided = Unsupported
	}
	c.blocked, c.reasons = true, bound.Reasons
	return c
}
