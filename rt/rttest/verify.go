package rttest

import (
	"flag"
	"sync"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/wcet"
)

// TB is the part of testing.TB that [Verify] uses; *testing.T is one.
type TB interface {
	Helper()
	Name() string
	Cleanup(func())
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
	SkipNow()
}

// Verify measures a loop that calls step, in fresh processes, and fails the test
// unless the latencies of all of them together keep the budget. Without the rights
// that the loop's mode needs, the test is skipped with the reason and the remedy;
// mode Auto never is, and the log says which mode was granted.
//
// Each process is this test binary, started again to run this very test until it
// comes to this call, so each of them runs the statements before this call, and
// changes that step makes stay in its process. The test's cleanups run in each
// process as well. Nothing else needs to be prepared: no TestMain. Do not run the
// test in parallel with others, which would be part of the measurement; and run it
// with -count=1, or go test may show a cached verdict.
//
// The counters that Budget.Counts may limit are periods, and of rt.Stats skipped,
// overruns, missed, eintr (Interrupted), lost_p, syscalls, allocs, faults (minor
// and major), stops and evacuations: after the warm-up, summed over the processes.
//
// A failure names each bound with its budget, and the worst periods with their
// causes.
func Verify(t TB, c Config, step func(*rt.Tick) error, budget wcet.Budget) {
	t.Helper()
	if budget.Benchmark == "" {
		budget.Benchmark = t.Name()
	}
	number := calls.next(t)
	child, err := thisChild()
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	if child != nil {
		child.reached(t, number, c, step)
		return
	}
	p, err := c.plan(budget, shortTest())
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	if step == nil {
		t.Fatalf("rttest: Verify's step is nil; give a func(*rt.Tick) error")
		return
	}
	pop := wcet.Population{Name: budget.Benchmark, Unit: "ns"}
	for i := range p.processes {
		run, err := launch(job{Test: t.Name(), Call: number, Periods: p.periods}, p.limit(c.Loop.Period))
		if err != nil {
			t.Fatalf("rttest: process %d: %v", i, err)
			return
		}
		s := run.Series[0]
		if s.Unavailable != "" {
			t.Skipf("rttest: %s", s.Unavailable)
			return
		}
		if i == 0 && run.Env["missing"] != "" {
			t.Logf("rttest: mode %s was granted; %s", run.Env["mode"], run.Env["missing"])
		}
		s.Name, s.Process = pop.Name, i
		pop.Latency = append(pop.Latency, s)
	}
	conclude(t, c, budget, pop)
}

// conclude evaluates the samples of all processes.
func conclude(t TB, c Config, budget wcet.Budget, pop wcet.Population) {
	t.Helper()
	evaluations, err := wcet.Evaluate([]wcet.Budget{budget}, map[string]wcet.Population{pop.Name: pop})
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	report := describe(evaluations[0], pop)
	switch verdict := evaluations[0].Verdict; {
	case verdict == wcet.Pass, verdict != wcet.Fail && c.Advisory:
		t.Logf("%s", report)
	default:
		t.Errorf("%s", report)
	}
}

// shortTest is testing.Short() without package testing, which defines flags.
func shortTest() bool {
	short := flag.Lookup("test.short")
	return short != nil && short.Value.String() == "true"
}

// calls numbers the calls of Verify in each running test.
var calls counter

type counter struct {
	mu   sync.Mutex
	made map[string]int
}

// next is the number of the current call in t, from 1. A test that is run again,
// by -count, starts anew.
func (c *counter) next(t TB) int {
	name := t.Name()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made = map[string]int{}
	}
	if c.made[name] == 0 {
		t.Cleanup(func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.made, name)
		})
	}
	c.made[name]++
	return c.made[name]
}
