package wcet

import (
	"cmp"
	"flag"
	"fmt"
	"runtime/metrics"
	"slices"
	"strings"
	"time"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet/internal/number"
)

// TB is the part of testing.TB that [Verify] uses; *testing.T, *testing.B and
// *testing.F are one.
type TB interface {
	Helper()
	Name() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

const (
	// verifyWarmUp calls come first: caches, branch predictors and lazily
	// built state are not what a budget is about.
	verifyWarmUp = 100
	// verifySamples is the least number of samples by default.
	verifySamples = 10_000
	// worstShown is how many of the largest samples a failure lists.
	worstShown = 5
)

// Verify times fn call by call and fails the test unless the latencies keep
// opt.Budget with the budget's confidence. It measures inside the test's process,
// with its garbage collector and scheduler: one process is one sample of the
// population of processes, and `rtbench run` with several decides for the
// program. Ratios have no peer and counts no counter here; both are refused.
//
// A failure names bound, budget and the worst calls; one during which a garbage
// collection ended says so.
func Verify(t TB, opt Options, fn func()) {
	t.Helper()
	if opt.Budget.Benchmark == "" {
		opt.Budget.Benchmark = t.Name()
	}
	n, err := opt.verifySamples(shortTest())
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	pop := measure(opt, n, fn)
	evaluations, err := Evaluate([]Budget{opt.Budget}, map[string]Population{pop.Name: pop})
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	report := describe(evaluations[0], pop.Latency[0])
	switch verdict := evaluations[0].Verdict; {
	case verdict == Pass, verdict != Fail && opt.Advisory:
		t.Logf("%s", report)
	default:
		t.Errorf("%s", report)
	}
}

// verifySamples checks the budget and returns how many samples to take.
func (o Options) verifySamples(short bool) (int, error) {
	if err := o.Budget.Validate(); err != nil {
		return 0, err
	}
	if len(o.Budget.Ratios)+len(o.Budget.Counts) > 0 {
		return 0, fmt.Errorf("wcet: Verify %s: ratios and counts need a run of rtbench; a test has latencies only", o.Budget.Benchmark)
	}
	need := 0
	for _, r := range o.Budget.requirements() {
		need = max(need, r.samples)
	}
	n := o.Samples
	if n == 0 {
		n = max(verifySamples, 3*need)
	}
	if err := Decidable(o.Budget, n); err != nil {
		return 0, err
	}
	if short {
		n = max(n/10, min(n, need+need/2))
	}
	return n, nil
}

// shortTest is testing.Short() without package testing, which has no place in a
// program that imports wcet.
func shortTest() bool {
	short := flag.Lookup("test.short")
	return short != nil && short.Value.String() == "true"
}

// measure times n calls of fn after a warm-up and notes during which a garbage
// collection ended.
func measure(opt Options, n int, fn func()) Population {
	now := opt.Now
	if now == nil {
		start := time.Now()
		now = func() int64 { return int64(time.Since(start)) }
	}
	samples, collected := make([]int64, n), make([]bool, n)
	cycles := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	count := func() uint64 { metrics.Read(cycles); return cycles[0].Value.Uint64() }
	for range verifyWarmUp {
		fn()
	}
	before := count()
	for i := range samples {
		begin := now()
		fn()
		samples[i] = now() - begin
		after := count()
		collected[i] = after != before
		before = after
	}
	name := opt.Budget.Benchmark
	return Population{Name: name, Unit: "ns", Latency: []record.Series{{
		Name: name, Kind: record.Latency, Unit: "ns", Ops: 1,
		Samples: samples, Outliers: worst(samples, collected),
	}}}
}

// worst lists the largest samples, largest first.
func worst(samples []int64, collected []bool) []record.Outlier {
	order := make([]int, len(samples))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(samples[b], samples[a]) })
	var list []record.Outlier
	for _, i := range order[:min(worstShown, len(order))] {
		o := record.Outlier{Index: int64(i), Value: samples[i]}
		if collected[i] {
			o.Cause = record.StoppedWorld
		}
		list = append(list, o)
	}
	return list
}

// describe writes the evaluation and the worst samples with their place in the
// run: a cluster of places is one event.
func describe(e Evaluation, s record.Series) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Benchmark, e.Verdict)
	for _, c := range e.Checks {
		fmt.Fprintf(&b, "\n\t%-12s %s: upper limit %s, budget %s; %s", c.Metric, c.Verdict, number.Quantity(c.Upper, s.Unit), number.Quantity(c.Limit, s.Unit), c.Why)
	}
	fmt.Fprintf(&b, "\n\tworst of %s:", number.Grouped(len(s.Samples)))
	for _, o := range s.Outliers {
		fmt.Fprintf(&b, " %s (call %d", number.Quantity(float64(o.Value), s.Unit), o.Index)
		if o.Cause&record.StoppedWorld != 0 {
			b.WriteString(", garbage collection")
		}
		b.WriteString(")")
	}
	return b.String()
}
