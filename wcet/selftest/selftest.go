package selftest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
	"github.com/memkit-go/memkit/wcet/internal/parallel"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// Options of [SelfTest].
type Options struct {
	// Runs of each fault, and of no fault; 0: 500.
	Runs int
	// Sequential judgements of samples that are still being drawn; 0: none.
	Sequential int
	// Seed of all draws.
	Seed uint64
	// Base are live latencies to draw from (with replacement) in place of an
	// exponential distribution; in any unit, at least 1000. The timer's steps are
	// smoothed, so that a fault smaller than one counts.
	Base []int64
	// Progress, when set, is called after every run with the number done and the
	// number of all, by one goroutine at a time.
	Progress func(done, all int)
}

// Detection counts how often a fault ended in FAIL.
type Detection struct {
	Caught int `json:"caught"`
	Runs   int `json:"runs"`
	// CI is the two-sided 95% interval of the share caught.
	CI [2]float64 `json:"ci"`
}

// FalseAlarms counts FAIL verdicts where nothing was wrong.
type FalseAlarms struct {
	Fails int        `json:"fails"`
	Runs  int        `json:"runs"`
	CI    [2]float64 `json:"ci"`
}

// Result holds both error rates of the gate.
type Result struct {
	Detect      map[string]Detection `json:"detect"`
	FalseAlarms FalseAlarms          `json:"false_alarms"`
	// Sequential are the error rates of repeated looks; nil where none were asked
	// for.
	Sequential *Boundary `json:"sequential,omitempty"`
}

// A fault changes n latencies drawn from a base.
type fault struct {
	name string
	// n samples a run, all five processes together.
	n      int
	inject func(rng *rand.Rand, x []float64, b base)
}

// selfTestProcesses is how many processes each synthetic run has.
const selfTestProcesses = 5

// rareTarget is the exceedance probability of the self-test's extreme-value
// budget.
const rareTarget = 1e-5

// faults are what a gate has to notice. delay is one in 1e4, against a budget for
// one in 1e5: against p9999 itself it would sit on the null, where the power is
// the error rate.
var faults = []fault{
	{"delay", 250_000, func(rng *rand.Rand, x []float64, b base) {
		for i := range x {
			if rng.Float64() < 1e-4 {
				x[i] += b.reach + 10*b.spread
			}
		}
	}},
	{"mixture", 20_000, func(rng *rand.Rand, x []float64, b base) {
		for i := range x {
			if rng.Float64() < 0.03 {
				x[i] += 3 * b.spread
			}
		}
	}},
	{"drift", 20_000, func(_ *rand.Rand, x []float64, b base) {
		for i := range x {
			x[i] += 2 * b.spread * float64(i) / float64(len(x))
		}
	}},
	{"step", 20_000, func(_ *rand.Rand, x []float64, b base) {
		for i := len(x) / 2; i < len(x); i++ {
			x[i] += 2 * b.spread
		}
	}},
	{"burst", 20_000, func(rng *rand.Rand, x []float64, b base) {
		for i := 0; i < len(x); i++ {
			if rng.Float64() < 0.005 {
				for end := min(i+10, len(x)); i < end; i++ {
					x[i] += 3 * b.spread
				}
			}
		}
	}},
}

// innocent is the fault that is none.
var innocent = fault{"none", 20_000, func(*rand.Rand, []float64, base) {}}

// SelfTest proves that the gate can fail: it injects faults into samples of known
// quantiles and counts how often budgets a quarter of the spread above the truth
// fail. False alarms are counted where nothing is injected and the budgets are
// the true quantiles themselves. It uses all CPUs, and the result does not depend
// on how many. It fails when ctx ends, and on base latencies that [wcet.Evaluate]
// refuses.
func SelfTest(ctx context.Context, opt Options) (Result, error) {
	var result Result
	if opt.Runs == 0 {
		opt.Runs = 500
	}
	if opt.Runs < 0 || opt.Sequential < 0 {
		return result, fmt.Errorf("selftest: Options.Runs %d, Sequential %d: the first must be >0, the second ≥0", opt.Runs, opt.Sequential)
	}
	base, err := newBase(opt.Base, opt.Seed)
	if err != nil {
		return result, err
	}
	count := tally(opt.Progress, (len(faults)+1)*opt.Runs+opt.Sequential)
	result.Detect = map[string]Detection{}
	for i, f := range faults {
		caught, err := base.failing(ctx, opt, f, 0.25, uint64(i+1), count)
		if err != nil {
			return result, err
		}
		result.Detect[f.name] = Detection{caught, opt.Runs, shareInterval(caught, opt.Runs)}
	}
	fails, err := base.failing(ctx, opt, innocent, 0, 0, count)
	if err != nil {
		return result, err
	}
	result.FalseAlarms = FalseAlarms{fails, opt.Runs, shareInterval(fails, opt.Runs)}
	if opt.Sequential > 0 {
		looks, err := boundary(ctx, opt, count)
		if err != nil {
			return result, err
		}
		result.Sequential = &looks
	}
	return result, nil
}

// failing counts the runs in which the gate fails; each has a random stream of its
// own.
func (b base) failing(ctx context.Context, opt Options, f fault, slack float64, stream uint64, count func()) (int, error) {
	var fails atomic.Int64
	errs := make([]error, opt.Runs)
	parallel.For(ctx, opt.Runs, func(run int) {
		failed, err := b.fails(f, slack, rand.New(rand.NewPCG(opt.Seed, stream<<32|uint64(run))))
		if failed {
			fails.Add(1)
		}
		errs[run] = err
		count()
	})
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	for run, err := range errs {
		if err != nil {
			return 0, fmt.Errorf("selftest: %s, run %d: %w", f.name, run, err)
		}
	}
	return int(fails.Load()), nil
}

func shareInterval(m, n int) [2]float64 {
	return [2]float64{stat.RateLower(float64(m), float64(n), 0.975), stat.RateUpper(float64(m), float64(n), 0.975)}
}

// base is the distribution that faults are injected into.
type base struct {
	// sorted live latencies; nil for the synthetic base.
	sorted []float64
	// spread is the distance from median to 99% quantile, reach that from median
	// to the quantile that rareTarget exceed.
	spread, reach float64
}

const (
	// minBase is how many live latencies have a 99.9% quantile.
	minBase = 1000
	// fineness is how many parts a step of the live base's timer is divided
	// into.
	fineness = 1000
)

func newBase(live []int64, seed uint64) (base, error) {
	b := base{}
	if n := len(live); n > 0 && n < minBase {
		return b, fmt.Errorf("selftest: Options.Base of %d latencies: at least %d are needed; measure longer", n, minBase)
	}
	rng := rand.New(rand.NewPCG(seed, 1<<63))
	for i, v := range live {
		if v < 0 {
			return b, fmt.Errorf("selftest: Options.Base: sample %d is %d: a latency cannot be negative", i, v)
		}
		b.sorted = append(b.sorted, fineness*(float64(v)+rng.Float64()))
	}
	slices.Sort(b.sorted)
	b.spread = max(1, b.quantile(0.99)-b.quantile(0.5))
	b.reach = b.quantile(1-rareTarget) - b.quantile(0.5)
	return b, nil
}

// syntheticScale is the mean of the synthetic base, in ns.
const syntheticScale = 100_000

func (b base) quantile(p float64) float64 {
	if b.sorted == nil {
		return -syntheticScale * math.Log1p(-p)
	}
	return b.sorted[min(int(p*float64(len(b.sorted))), len(b.sorted)-1)]
}

func (b base) draw(rng *rand.Rand) float64 {
	if b.sorted == nil {
		return syntheticScale * rng.ExpFloat64()
	}
	return b.sorted[rng.IntN(len(b.sorted))]
}

// fails runs the gate once: are budgets at the base's quantiles plus slack ×
// spread found broken?
func (b base) fails(f fault, slack float64, rng *rand.Rand) (bool, error) {
	pop := wcet.Population{Name: f.name, Unit: "ns"}
	x := make([]float64, f.n/selfTestProcesses)
	for process := range selfTestProcesses {
		for i := range x {
			x[i] = b.draw(rng)
		}
		f.inject(rng, x, b)
		s := record.Series{Name: f.name, Kind: record.Latency, Unit: "ns", Process: process, Ops: 1, Samples: make([]int64, len(x))}
		for i, v := range x {
			s.Samples[i] = int64(v)
		}
		pop.Latency = append(pop.Latency, s)
	}
	budget := wcet.Budget{Benchmark: f.name}
	for _, p := range []float64{0.5, 0.99, 0.999} {
		budget.Quantiles = append(budget.Quantiles, wcet.QuantileLimit{P: p, Limit: b.quantile(p) + slack*b.spread + 1})
	}
	budget.Exceedance = &wcet.ExceedanceLimit{P: rareTarget, Limit: b.quantile(1-rareTarget) + slack*b.spread + 1}
	evaluations, err := wcet.Evaluate([]wcet.Budget{budget}, map[string]wcet.Population{f.name: pop})
	return wcet.Overall(evaluations) == wcet.Fail, err
}
