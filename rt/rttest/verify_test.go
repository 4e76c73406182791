package rttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// tester is a *testing.T whose failures, skips and logs are kept.
type tester struct {
	*testing.T
	failed, fatal, skipped, logged string
}

func (t *tester) Logf(format string, args ...any)   { t.logged += fmt.Sprintf(format, args...) }
func (t *tester) Errorf(format string, args ...any) { t.failed += fmt.Sprintf(format, args...) }

// In a measuring process, what ends a test must end it.
func (t *tester) Fatalf(format string, args ...any) {
	t.fatal += fmt.Sprintf(format, args...)
	if inJob() {
		t.T.Fatalf(format, args...)
	}
}

func (t *tester) Skipf(format string, args ...any) { t.skipped += fmt.Sprintf(format, args...) }

// Errors of the test itself are the parent's to report.
func (t *tester) complain(format string, args ...any) {
	t.T.Helper()
	if !inJob() {
		t.T.Errorf(format, args...)
	}
}

func inJob() bool { return os.Getenv(environment) != "" }

// quick is a loop that needs no right, measured for 20 ms in each process.
var quick = Config{
	Loop:      rt.LoopConfig{Period: 200 * time.Microsecond, Mode: rt.Portable},
	Duration:  20 * time.Millisecond,
	Processes: 2,
}

// generous is a budget that holds on any machine, and hopeless one that holds on
// none.
var (
	generous = wcet.Budget{Quantiles: []wcet.QuantileLimit{{P: .5, Limit: 1e12}}, Counts: []wcet.CountLimit{{Counter: "lost_p", Limit: 0}}}
	hopeless = wcet.Budget{Quantiles: []wcet.QuantileLimit{{P: .5, Limit: 1}}, Counts: []wcet.CountLimit{{Counter: "periods", Limit: 0}}}
)

func nothing(*rt.Tick) error { return nil }

// independent replaces the latencies that this process measures: those of a busy
// machine depend on each other, and may be too few to bound a median. The loop,
// its counters and its outliers remain.
func independent(t *testing.T) {
	t.Helper()
	if !inJob() {
		return
	}
	seriesOf = func(m *meter, name string) record.Series {
		s := m.series(name)
		r := rand.New(rand.NewPCG(1, uint64(len(s.Samples))))
		for i := range s.Samples {
			s.Samples[i] = 1000 + r.Int64N(9000)
		}
		return s
	}
	t.Cleanup(func() { seriesOf = (*meter).series })
}

func TestVerify(t *testing.T) {
	independent(t)
	v := &tester{T: t}
	Verify(v, quick, nothing, generous)
	if v.failed+v.fatal+v.skipped != "" || !strings.Contains(v.logged, "TestVerify: PASS") || !strings.Contains(v.logged, "periods in 2 processes") {
		v.complain("%+v", v)
	}
	v = &tester{T: t}
	Verify(v, quick, nothing, hopeless)
	for _, want := range []string{"TestVerify: FAIL", "p50", "budget 1ns", "worst of ", "in process "} {
		if !strings.Contains(v.failed, want) {
			v.complain("%q is missing: %+v", want, v)
		}
	}
	advisory := quick
	advisory.Advisory = true
	v = &tester{T: t}
	Verify(v, advisory, nothing, hopeless)
	if v.failed == "" {
		v.complain("an advisory budget that is broken did not fail")
	}
}

// TestVerifyFindsItsCall: each of several calls in one test, and in its sub-tests,
// measures its own step.
func TestVerifyFindsItsCall(t *testing.T) {
	check := func(t *testing.T, name string) {
		v := &tester{T: t}
		mark := func(*rt.Tick) error {
			if !inJob() {
				t.Errorf("%s: the step ran in the test's own process", name)
			}
			return errors.New("this is step " + name)
		}
		Verify(v, quick, mark, generous)
		if !strings.Contains(v.fatal, "this is step "+name) {
			v.complain("%s: %+v", name, v)
		}
	}
	check(t, "first")
	check(t, "second")
	t.Run("sub", func(t *testing.T) {
		for _, name := range []string{"a b", "a/b (x|y)", "a"} {
			t.Run(name, func(t *testing.T) { check(t, name) })
		}
	})
	check(t, "last")
}

// TestVerifyHangsAndCrashes: a step that never returns is killed, and one that
// crashes is quoted.
func TestVerifyHangsAndCrashes(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a process to be killed")
	}
	v := &tester{T: t}
	Verify(v, quick, func(*rt.Tick) error { panic("no such axis") }, generous)
	if !strings.Contains(v.fatal, "process 0: exit status 2") || !strings.Contains(v.fatal, "  | panic: no such axis") {
		v.complain("%+v", v)
	}
	if inJob() {
		return
	}
	_, err := launch(job{Test: "TestHang"}, 100*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "is still running after 100ms") {
		t.Error(err)
	}
}

// TestHang is for TestVerifyHangsAndCrashes.
func TestHang(t *testing.T) {
	if _, err := thisChild(); inJob() && err == nil {
		select {}
	}
}

// TestVerifyDoesNotReach: a test that takes another way in its process than here.
func TestVerifyDoesNotReach(t *testing.T) {
	if inJob() {
		t.Skip("the process of a campaign ends before Verify, which is the case")
	}
	v := &tester{T: t}
	Verify(v, quick, nothing, generous)
	if !strings.Contains(v.fatal, "did not come to call 1 of Verify in TestVerifyDoesNotReach") {
		t.Errorf("%+v", v)
	}
}

// TestVerifyIsNotNested: neither a step nor a process that it starts can verify.
func TestVerifyIsNotNested(t *testing.T) {
	if inJob() {
		// Another process, as the step's own would be: it has inherited the job.
		j := job{Parent: 1, Test: t.Name(), Call: 1, Periods: 1, Result: "nowhere"}
		text, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv(environment, string(text))
	}
	v := &tester{T: t}
	Verify(v, quick, nothing, generous)
	if !strings.Contains(v.fatal, "one certificate at a time") {
		v.complain("%+v", v)
	}
}

func TestVerifyInStep(t *testing.T) {
	v := &tester{T: t}
	Verify(v, quick, func(*rt.Tick) error {
		Verify(v, quick, nothing, generous)
		return nil
	}, generous)
	if !strings.Contains(v.fatal, "one certificate at a time") {
		v.complain("%+v", v)
	}
}

// TestVerifySkips: what this machine refuses skips the test with the remedy, and
// mode Auto goes on without.
func TestVerifySkips(t *testing.T) {
	refused := &rt.PrivilegeError{Op: "SCHED_FIFO", Need: "a right", Have: "none", Remedy: "ask for it", Err: errors.New("EPERM")}
	v := &tester{T: t}
	Verify(v, quick, func(*rt.Tick) error { return refused }, generous)
	if v.skipped != "" || !strings.Contains(v.fatal, "ended after 0 periods: SCHED_FIFO refused") {
		v.complain("an error of the step: %+v", v)
	}
	if inJob() {
		newLoop = func(rt.LoopConfig) (*rt.Loop, error) { return nil, refused }
	}
	v = &tester{T: t}
	Verify(v, quick, nothing, generous)
	if v.skipped != "rttest: SCHED_FIFO refused: EPERM; need a right, have none; ask for it" || v.fatal+v.failed != "" {
		v.complain("%+v", v)
	}
	newLoop = rt.NewLoop
	independent(t)
	auto := quick
	auto.Loop.Mode, auto.Loop.Policy = rt.Auto, rt.Other
	auto.Process.Keep = rt.KeepMemory | rt.KeepAffinity | rt.KeepLatency
	v = &tester{T: t}
	Verify(v, auto, nothing, wcet.Budget{Quantiles: generous.Quantiles}) // a busy machine may take its P
	if v.skipped+v.fatal+v.failed != "" || !strings.Contains(v.logged, "PASS") {
		v.complain("%+v", v)
	}
}

// TestStrictLoop certifies a pinned loop, where that is allowed.
func TestStrictLoop(t *testing.T) {
	Verify(t, Config{
		Loop:      rt.LoopConfig{Period: time.Millisecond},
		Latency:   Wake,
		Duration:  300 * time.Millisecond,
		Processes: 2,
	}, nothing, wcet.Budget{
		Counts: []wcet.CountLimit{{Counter: "lost_p"}, {Counter: "syscalls"}, {Counter: "allocs"}, {Counter: "eintr"}},
	})
}

func TestPlan(t *testing.T) {
	loop := rt.LoopConfig{Period: time.Millisecond}
	p99 := wcet.Budget{Quantiles: []wcet.QuantileLimit{{P: .99, Limit: 1}}}
	p9999 := wcet.Budget{Quantiles: []wcet.QuantileLimit{{P: .9999, Limit: 1}}}
	for _, c := range []struct {
		c      Config
		budget wcet.Budget
		short  bool
		want   plan
	}{
		{Config{Loop: loop}, p99, false, plan{5, 2000}},
		{Config{Loop: loop}, p99, true, plan{2, 768}},
		{Config{Loop: loop}, p9999, false, plan{5, 19662}},
		{Config{Loop: loop, Duration: time.Minute, Processes: 1}, p99, false, plan{1, 60_000}},
		{Config{Loop: loop, Duration: time.Minute}, p99, true, plan{2, 6000}},
	} {
		if got, err := c.c.plan(c.budget, c.short); err != nil || got != c.want {
			t.Errorf("%+v, %+v, %t: %+v, %v; want %+v", c.c, c.budget, c.short, got, err, c.want)
		}
	}
}

func TestArguments(t *testing.T) {
	got := arguments("TestA/b+c/d#01", []string{"-test.v=true", "-test.coverprofile=x", "--test.paniconexit0", "-device=/dev/x"}, true)
	want := []string{`-test.run=^TestA$/^b\+c$/^d#01$`, "-test.count=1", "-test.timeout=0", "-test.short", "-device=/dev/x"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestCauses: the cause of a late wake is told with the late response.
func TestCauses(t *testing.T) {
	m, err := newMeter(4, Config{}, nothing)
	if err != nil {
		t.Fatal(err)
	}
	m.loop, err = rt.NewLoop(rt.LoopConfig{Period: time.Millisecond, Mode: rt.Portable})
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(4) {
		cause := record.Unattributed
		if i == 2 {
			cause = record.Steal | record.Switch
		}
		m.wake.RecordCause(10*i*i%31, cause)
		m.response.Record(100 + 50*i%101)
	}
	s := m.series("x")
	for _, o := range s.Outliers {
		if (o.Cause != 0) != (o.Index == 2) {
			t.Errorf("%+v", o)
		}
	}
	text := describe(wcet.Evaluation{Benchmark: "x", Verdict: wcet.Fail, Checks: []wcet.Check{
		{Metric: "p99", Upper: math.NaN(), Limit: 2500, Verdict: wcet.Fail, Why: "why"},
		{Metric: "count/lost_p", Upper: 3, Limit: 0, Verdict: wcet.Fail, Why: "why"},
	}}, wcet.Population{Latency: []record.Series{s, s}})
	for _, want := range []string{"upper limit unknown, budget 2.5µs", "upper limit 3, budget 0", "worst of 8 periods in 2 processes", "period 2: steal|switch"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	long := quick
	long.Duration = 0
	for _, c := range []struct {
		want string
		Config
		budget wcet.Budget
		step   func(*rt.Tick) error
	}{
		{"Config.Loop.Period 0s", Config{}, generous, nothing},
		{"Config.Loop.Recorder", Config{Loop: rt.LoopConfig{Period: 1, Recorder: new(record.Recorder)}}, generous, nothing},
		{"Config.Duration -1ns", Config{Loop: quick.Loop, Duration: -1}, generous, nothing},
		{"Config.Duration 1ns: is shorter", Config{Loop: quick.Loop, Duration: 1}, generous, nothing},
		{"Config.Latency 7", Config{Loop: quick.Loop, Latency: 7}, generous, nothing},
		{"there is no peer", quick, wcet.Budget{Ratios: []wcet.RatioLimit{{To: "x", Limit: 1}}}, nothing},
		{"sets no limit", quick, wcet.Budget{}, nothing},
		{"needs ≥299,572", quick, wcet.Budget{Quantiles: []wcet.QuantileLimit{{P: .99999, Limit: 1}}}, nothing},
		{"needs ≥2,995,732,357", long, wcet.Budget{Quantiles: []wcet.QuantileLimit{{P: .999999999, Limit: 1}}}, nothing},
		{"step is nil", quick, generous, nil},
		{"the step ended its loop after 0 of ", quick, generous, func(*rt.Tick) error { return rt.ErrStop }},
		{"was not recorded", quick, wcet.Budget{Counts: []wcet.CountLimit{{Counter: "gremlins"}}}, nothing},
		{"rt: LoopConfig.Wake {method 2, margin -1ns}: is unknown", Config{Loop: rt.LoopConfig{Period: time.Second, Mode: rt.Portable, Wake: rt.Hybrid(-1)}, Duration: 2 * time.Second, Processes: 9}, generous, nothing},
	} {
		v := &tester{T: t}
		Verify(v, c.Config, c.step, c.budget)
		if !strings.Contains(v.fatal, c.want) || v.failed != "" {
			v.complain("want %s: %+v", c.want, v)
		}
	}
}
