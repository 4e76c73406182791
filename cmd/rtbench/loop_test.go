package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
)

// fakeRow needs no machine: n latencies of centre ns, every 100th of them ten
// times as late.
func fakeRow(name string, centre int64, counters map[string]float64, cause record.Cause) bench.Benchmark {
	const n = 2000
	return bench.Benchmark{
		Name: name, Doc: "fake " + name, Period: time.Millisecond,
		Measure: func(_ context.Context, p bench.Params) ([]record.Series, error) {
			s := record.Series{Name: name, Kind: record.Latency, Unit: "ns", Ops: 1, Period: 1e6, Counters: map[string]float64{"periods": n, "skipped": 0, "skipped_exempt": 0}}
			for k, v := range counters {
				s.Counters[k] = v
			}
			s.Facts = map[string]float64{"timer_ns": 40}
			for i := range n {
				late := centre + int64(i%10)*int64(p.Seed)
				if i%100 == 99 {
					late *= 10
				}
				s.Samples = append(s.Samples, late)
			}
			s.Outliers = []record.Outlier{{Index: 1999, Value: s.Samples[1999], Cause: cause}, {Index: 1899, Value: s.Samples[1899]}}
			return []record.Series{s}, nil
		},
	}
}

func missingRow(name, reason string) bench.Benchmark {
	return bench.Benchmark{Name: name, Doc: "fake " + name, Measure: func(context.Context, bench.Params) ([]record.Series, error) {
		return nil, fmt.Errorf("%w: %s", bench.ErrUnavailable, reason)
	}}
}

// fakeComparison gives the app these rows; asked is what the command made of its
// flags.
type fakeComparison struct {
	asked    suite.Comparison
	peers    []string
	args     []string
	launcher inProcess
}

func (f *fakeComparison) of(rows ...bench.Benchmark) *app {
	a := newTestApp()
	a.rows = func(c suite.Comparison, peers []string) []bench.Benchmark {
		f.asked, f.peers = c, peers
		return rows
	}
	a.launchRow = func(args []string) campaign.Launcher {
		f.args = args
		return &f.launcher
	}
	return a
}

func fakeRows() []bench.Benchmark {
	good := map[string]float64{"faults": 0, "eintr": 0, "lost_p": 0, "allocs": 3, "step_allocs": 0}
	return []bench.Benchmark{
		fakeRow("strict", 20_000, good, record.LostP),
		missingRow("isolate", "there is no isolate"),
		fakeRow("plain", 80_000, map[string]float64{"skipped": 1200, "skipped_exempt": 5, "periods": 3205, "collections": 30, "collections_s": 2}, 0),
		fakeRow("c", 21_000, nil, suite.ControlLate),
		fakeRow("cyclictest", 25_000, nil, 0),
	}
}

func TestLoopJSON(t *testing.T) {
	var f fakeComparison
	a := f.of(fakeRows()...)
	got := a.try(t, "loop", "--rounds", "3", "--duration", "2s", "--busy", "4", "--garbage", "1", "--json")
	got.want(t, exitPass)
	golden(t, "loop", got.stdout)
	if c := f.asked; c.Period != time.Millisecond || c.Busy != 4 || c.Garbage != 1 || c.Wake != rt.Sleep || c.Margin != 60*time.Microsecond {
		t.Errorf("asked for %+v", c)
	}
	if got := strings.Join(f.args, " "); got != "loop-row-in-this-process --period=1ms --wake=sleep --busy=4 --garbage=1" {
		t.Errorf("rows are started with %s", got)
	}
	order := strings.Join(f.launcher.launched, " ")
	if want := "strict isolate plain c cyclictest plain c cyclictest strict plain c cyclictest strict"; order != want {
		t.Errorf("order %s\nwant  %s", order, want)
	}
	var result struct {
		Benches []map[string]any
		Ratios  map[string]map[string]float64
	}
	if err := json.Unmarshal([]byte(got.stdout), &result); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"name", "n", "p50", "p99", "p999", "max", "periods", "skipped", "skipped_exempt", "faults", "eintr", "lost_p", "allocs", "timer_ns"} {
		if _, there := result.Benches[0][field]; !there {
			t.Errorf("row strict has no %s", field)
		}
	}
	if r := result.Ratios["p50"]["cyclictest"]; r < .79 || r > .81 {
		t.Errorf("p50 to cyclictest %g, want 20/25", r)
	}
}

func TestLoopTable(t *testing.T) {
	var f fakeComparison
	got := f.of(fakeRows()...).try(t, "loop", "--rounds", "2", "--duration", "2s")
	got.want(t, exitPass)
	golden(t, "looptable", got.stdout)
}

// TestLoopIsolateAgainstItself: what the load costs an isolate is a ratio too.
func TestLoopIsolateAgainstItself(t *testing.T) {
	var f fakeComparison
	rows := []bench.Benchmark{fakeRow("strict", 20_000, nil, 0), fakeRow("isolate", 30_000, nil, 0), fakeRow("isolate-idle", 20_000, nil, 0), fakeRow("c", 20_000, nil, 0)}
	got := f.of(rows...).try(t, "loop", "--rounds", "1", "--duration", "2s", "--busy", "1", "--json")
	got.want(t, exitPass)
	var result loopResult
	if err := json.Unmarshal([]byte(got.stdout), &result); err != nil {
		t.Fatal(err)
	}
	if r := result.RatiosOf["isolate"]["p99"]["isolate-idle"]; r < 1.49 || r > 1.51 {
		t.Errorf("p99 to itself without a load %g, want 1.5", r)
	}
	for _, row := range []string{"strict", "isolate-idle"} {
		if got := len(result.RatiosOf[row]["p99"]); got != 1 {
			t.Errorf("%s has %d ratios, want the one to c", row, got)
		}
	}
}

func TestLoopKeepsItsSamples(t *testing.T) {
	inDir(t, nil)
	var f fakeComparison
	a := f.of(fakeRows()...)
	a.try(t, "loop", "--rounds", "2", "--duration", "2s", "--out", "kept").want(t, exitPass)
	if got := names(listing(t)); got != "kept/run.rtrun" {
		t.Errorf("files %s", got)
	}
	a.try(t, "report", "kept/run.rtrun").want(t, exitPass)
	run, _, err := loadRun("kept/run.rtrun")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range run.Series {
		if len(s.Outliers) > 0 && s.Outliers[0].Cause&suite.ControlLate != 0 {
			t.Errorf("%s: a cause that other commands do not know", s.Name)
		}
	}
}

func TestLoopWithoutRatios(t *testing.T) {
	for name, rows := range map[string][]bench.Benchmark{
		"no strict loop": {missingRow("strict", "EPERM"), fakeRow("c", 1, nil, 0), fakeRow("cyclictest", 1, nil, 0)},
		"no peer":        {fakeRow("strict", 1, nil, 0), missingRow("c", "no C compiler, EPERM"), missingRow("cyclictest", "not installed")},
	} {
		var f fakeComparison
		f.of(rows...).try(t, "loop", "--json").want(t, exitOpen, "nothing could be compared", "EPERM")
		if name == "no peer" {
			f.of(rows...).try(t, "loop").want(t, exitOpen, "undecided", "not installed")
		}
	}
}

func TestLoopOneRowFails(t *testing.T) {
	var f fakeComparison
	f.launcher.fail = func(j campaign.Job) error {
		if j.Bench.Name == "c" {
			return fmt.Errorf("it crashed")
		}
		return nil
	}
	got := f.of(fakeRows()...).try(t, "loop", "--json")
	got.want(t, exitError, "c, process 0: it crashed")
	if got.stdout != "" {
		t.Errorf("half a result: %s", got.stdout)
	}
}

func TestLoopBadInput(t *testing.T) {
	for line, want := range map[string]string{
		"--against rust":                      "--against rust: unknown peer; there are c, cyclictest",
		"--against=":                          "--against: names no peer; there are c, cyclictest",
		"--period 0":                          "--period 0s: must be positive",
		"--period -1ms":                       "--period -1ms: must be positive",
		"--period 20us":                       "is shorter than a wake-up costs",
		"--period 100500ns":                   "whole microseconds",
		"--rounds 0":                          "--rounds 0: must be ≥1",
		"--rounds -3":                         "--rounds -3: must be ≥1",
		"--duration 0":                        "--duration 0s: holds less than 100 periods of 1ms; give at least 100ms",
		"--duration 99ms":                     "give at least 100ms",
		"--busy -1":                           "--busy -1: must be 0 to 1024",
		"--busy 100000":                       "--busy 100000: must be 0 to 1024",
		"--garbage -1":                        "--garbage -1: must be ≥0",
		"--wake spin":                         "--wake spin: unknown method; there are sleep, timerfd and hybrid=60us",
		"--wake hybrid=fast":                  `"fast" is no positive duration`,
		"--wake hybrid=0s":                    `"0s" is no positive duration`,
		"--wake hybrid=600us":                 "spins for more than half of the period",
		"--wake sleep=1us":                    "unknown method",
		"extra":                               `unknown command "extra"`,
		"--garbage 1 --duration 1000h":        "of garbage, more than half of the",
		"--against c --period 100us --busy x": "invalid argument",
	} {
		var f fakeComparison
		a := f.of(fakeRows()...)
		a.try(t, append([]string{"loop"}, strings.Fields(line)...)...).want(t, exitError, want)
		if len(f.launcher.launched) > 0 {
			t.Errorf("%s: measured %v", line, f.launcher.launched)
		}
	}
}

func TestLoopWake(t *testing.T) {
	for text, want := range map[string]struct {
		wake   rt.Wake
		margin time.Duration
	}{
		"sleep":       {rt.Sleep, 60 * time.Microsecond},
		"timerfd":     {rt.Timerfd, 60 * time.Microsecond},
		"hybrid":      {rt.Hybrid(60 * time.Microsecond), 60 * time.Microsecond},
		"hybrid=30us": {rt.Hybrid(30 * time.Microsecond), 30 * time.Microsecond},
	} {
		c, err := (&loopRequest{period: time.Millisecond, wake: text}).comparison()
		if err != nil || c.Wake != want.wake || c.Margin != want.margin {
			t.Errorf("%s: %v, margin %v, %v", text, c.Wake, c.Margin, err)
		}
	}
	c, err := (&loopRequest{period: 100 * time.Microsecond, wake: "sleep"}).comparison()
	if err != nil || c.Margin != 50*time.Microsecond {
		t.Errorf("a period of 100 µs: margin %v, %v; want half of it", c.Margin, err)
	}
}

// TestLoopRow: the process of one row writes a run file, and knows how to start
// one without the load.
func TestLoopRow(t *testing.T) {
	var f fakeComparison
	a := f.of(fakeRows()...)
	// A row's process ends soon after its standard input: it stays open here.
	stdin, _ := io.Pipe()
	var stdout, stderr bytes.Buffer
	a.stdin, a.stdout, a.stderr = stdin, &stdout, &stderr
	code := a.main(t.Context(), []string{loopRowName, "--bench=c", "--duration=1s", "--seed=2", "--period=500us", "--busy=2", "--garbage=3", "--wake=hybrid=40us"})
	if code != exitPass {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	run, err := record.Read(&stdout)
	if err != nil || len(run.Series) != 1 || run.Series[0].Name != "c" {
		t.Errorf("%+v, %v", run, err)
	}
	if c := f.asked; c.Period != 500*time.Microsecond || c.Busy != 2 || c.Garbage != 3 || c.Wake != rt.Hybrid(40*time.Microsecond) || c.Alone == nil {
		t.Errorf("asked for %+v", c)
	}
	if got := strings.Join(f.args, " "); got != loopRowName+" --period=500µs --wake=hybrid=40us --busy=0 --garbage=0" {
		t.Errorf("without the load: %s", got)
	}
}

// TestLoopForReal runs every row once, shortly, in processes of this test binary.
func TestLoopForReal(t *testing.T) {
	if testing.Short() {
		t.Skip("takes five seconds; left out by -short")
	}
	t.Setenv(role, "rtbench")
	a := newTestApp()
	a.rows = suite.Comparison.Rows
	a.launchRow = func(args []string) campaign.Launcher { return &campaign.SelfExec{Args: args} }
	_, refused := rt.NewLoop(rt.LoopConfig{Period: time.Millisecond, Mode: rt.Cooperative})
	var got outcome
	var result loopResult
	// A busy machine may keep a row's loop from running for all of a short time.
	for _, duration := range []string{"100ms", "1s", "10s"} {
		got, result = a.try(t, "loop", "--rounds", "1", "--duration", duration, "--busy", "1", "--garbage", "1", "--json"), loopResult{}
		if got.code == exitOpen && refused != nil {
			t.Skip(strings.TrimSpace(got.stderr))
		}
		if got.code != exitPass {
			continue // without a ratio, which a machine that grants the policy has
		}
		if err := json.Unmarshal([]byte(got.stdout), &result); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(result.Benches, func(b loopRow) bool { return b.Unavailable == "" && b.N == 0 }) {
			break
		}
	}
	got.want(t, exitPass)
	for _, b := range result.Benches {
		t.Logf("%-12s %s %d samples", b.Name, b.Unavailable, b.N)
		if b.Unavailable == "" && b.N == 0 {
			t.Errorf("%s: no samples", b.Name)
		}
	}
	if os.Getuid() == 0 && len(result.Benches) != 7 {
		t.Errorf("%d rows, want 7", len(result.Benches))
	}
}
