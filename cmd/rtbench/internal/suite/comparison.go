package suite

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
)

// Comparison is one periodic loop, done in several ways under the same
// conditions: each row runs alone in a fresh process, on the same CPU, under a
// load of the same size and under the same monitor.
type Comparison struct {
	Period time.Duration
	// Wake is how the rows strict and isolate wait, Margin how long the row
	// hybrid spins.
	Wake   rt.Wake
	Margin time.Duration
	// Busy goroutines and Garbage, in units of 50 MB/s, are the load.
	Busy, Garbage int
	// Alone starts a row of the same comparison without a load in a process of
	// its own.
	Alone campaign.Launcher
}

// The rows of a comparison.
const (
	RowStrict      = "strict"
	RowHybrid      = "hybrid"
	RowIsolate     = "isolate"
	RowIsolateIdle = "isolate-idle"
	RowPlain       = "plain"
	RowC           = "c"
	RowCyclictest  = "cyclictest"
)

// Peers are the rows that the others are compared with.
func Peers() []string { return []string{RowC, RowCyclictest} }

const (
	// notable is the lateness of the C thread next to a loop from which it is
	// kept as a cause of the loop's own: twice what such a thread wakes late by
	// in 1 of 100 periods (2-core virtual machine, Linux 6.18 PREEMPT_DYNAMIC).
	notable = 100 * time.Microsecond
	// comparedOutliers is how many of each process's largest latencies are kept
	// with their cause: 0.1% of a minute at 4 kHz.
	comparedOutliers = 255
)

// Rows are the loops in Go and then the peers asked for.
func (c Comparison) Rows(peers []string) []bench.Benchmark {
	rows := []bench.Benchmark{
		c.row(RowStrict, "memkit's strict loop, the load in its own process", c.strict(c.Wake).measure),
		c.row(RowHybrid, fmt.Sprintf("the strict loop with the wake method %v", rt.Hybrid(c.Margin)), c.strict(rt.Hybrid(c.Margin)).measure),
		c.row(RowIsolate, "memkit's strict loop in an isolate, the load in its parent, whose collector is on", c.isolate),
	}
	if c.load() != (loadSize{}) {
		rows = append(rows, c.row(RowIsolateIdle, "the isolate with an idle parent", c.idle().isolate))
	}
	rows = append(rows, c.row(RowPlain, "plain Go: time.Ticker, the load in its own process, default collector",
		ticker{period: c.Period, load: c.load(), view: closely}.measure))
	if slices.Contains(peers, RowC) {
		rows = append(rows, c.row(RowC, "a SCHED_FIFO thread in C with the same settings, the load in another process", c.reference))
	}
	if slices.Contains(peers, RowCyclictest) {
		rows = append(rows, c.row(RowCyclictest, "cyclictest of rt-tests, the load in another process", c.cyclictest))
	}
	return rows
}

func (c Comparison) row(name, doc string, measure func(context.Context, time.Duration) (record.Series, error)) bench.Benchmark {
	return periodic(bench.Benchmark{Name: name, Doc: doc, Period: c.Period, RatioOf: "p99"}, measure)
}

func (c Comparison) load() loadSize {
	return loadSize{busy: c.Busy, garbage: int64(c.Garbage) * garbageRate}
}

// idle is the comparison without its load.
func (c Comparison) idle() Comparison {
	c.Busy, c.Garbage = 0, 0
	return c
}

// RoomFor refuses a duration of each row for which the machine's memory does not
// suffice: the garbage of the strict rows is not collected.
func (c Comparison) RoomFor(d time.Duration) error { return c.load().roomFor(d) }

// GarbageUnit is what one unit of Comparison.Garbage makes, in bytes a second.
const GarbageUnit = garbageRate

func (c Comparison) strict(wake rt.Wake) rtLoop {
	return rtLoop{period: c.Period, mode: rt.Strict, wake: wake, load: c.load(), view: closely}
}

// reference measures the thread in C: here, or in a process of its own when there is
// a load to carry here.
func (c Comparison) reference(ctx context.Context, d time.Duration) (record.Series, error) {
	if c.load() == (loadSize{}) {
		return c.referenceAlone(ctx, d)
	}
	return c.underLoad(func() (record.Series, error) {
		series, err := c.Alone.Launch(ctx, campaign.Job{Bench: bench.Benchmark{Name: RowC}, Params: bench.Params{Duration: d}})
		switch {
		case err != nil:
			return record.Series{}, err
		case len(series) != 1:
			return record.Series{}, fmt.Errorf("the C thread's process returned %d series", len(series))
		}
		return series[0], nil
	})
}

func (c Comparison) referenceAlone(ctx context.Context, d time.Duration) (record.Series, error) {
	process, err := rt.Setup(rt.ProcessConfig{})
	if err != nil {
		return record.Series{}, err
	}
	s, err := c.referenceOn(ctx, process.LoopCPUs(), d)
	return s, firstOf(err, process.Close())
}

func (c Comparison) referenceOn(ctx context.Context, cpus []int, d time.Duration) (record.Series, error) {
	if len(cpus) == 0 {
		cpus = sampler.CPUs()
	}
	cpu := cpus[len(cpus)-1]
	warm := int(warmUp / c.Period)
	n := warm + int(d/c.Period)
	first := rt.Now() + int64(warmUp)
	monitor, err := startStallMonitor(closely, []int{cpu}, rt.DefaultPriority+1, first, c.Period)
	if err != nil {
		return record.Series{}, err
	}
	reference, err := peer.StartReference(peer.ReferenceConfig{
		CPU: cpu, Priority: rt.DefaultPriority, Start: first, Period: c.Period, Stall: d, Samples: n,
	})
	if err != nil {
		monitor.stop()
		return record.Series{}, err
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(first-rt.Now()) + time.Duration(n)*c.Period):
	}
	late := reference.Stop().Latency
	seen := monitor.stop()
	if ctx.Err() != nil {
		return record.Series{}, ctx.Err()
	}
	return c.peerSeries(late, warm, first, seen), nil
}

// cyclictest starts that program under the load.
func (c Comparison) cyclictest(ctx context.Context, d time.Duration) (record.Series, error) {
	cpus := sampler.CPUs()
	warm := int(warmUp / c.Period)
	run := peer.Cyclictest{
		CPU: cpus[len(cpus)-1], Priority: rt.DefaultPriority,
		Period: c.Period, Loops: warm + int(d/c.Period),
	}
	if _, err := run.Find(); err != nil {
		return record.Series{}, err
	}
	return c.underLoad(func() (record.Series, error) {
		first, wait := run.Begin(rt.Now())
		select {
		case <-ctx.Done():
			return record.Series{}, ctx.Err()
		case <-time.After(wait):
		}
		monitor, err := startStallMonitor(closely, []int{run.CPU}, rt.DefaultPriority+1, first, c.Period)
		if err != nil {
			return record.Series{}, err
		}
		late, err := run.Run(ctx)
		seen := monitor.stop()
		if err != nil {
			return record.Series{}, err
		}
		return c.peerSeries(late, warm, first, seen), nil
	})
}

// underLoad runs f, and the processes that f starts on any CPU, while this process
// carries the load on the CPUs that a loop leaves, as a strict loop's own process
// does. Its collector is on.
func (c Comparison) underLoad(f func() (record.Series, error)) (record.Series, error) {
	if c.load() == (loadSize{}) {
		return f()
	}
	cpus := sampler.CPUs()
	process, err := rt.Setup(rt.ProcessConfig{Keep: rt.KeepCollector | rt.KeepMemory | rt.KeepLatency})
	if err != nil {
		return record.Series{}, err
	}
	back := sampler.OnCPUs(cpus)
	s, err := c.load().during(f)
	back()
	return s, firstOf(err, process.Close())
}

// during carries the load while f measures elsewhere, and counts this process's
// collections.
func (s loadSize) during(f func() (record.Series, error)) (record.Series, error) {
	collections, begin := newCollectionCount(), rt.Now()
	load := newLoad(s)
	load.begin()
	before := collections.read()
	series, err := f()
	after, end := collections.read(), rt.Now()
	load.stop()
	if err == nil && series.Counters != nil {
		countCollections(series.Counters, after-before, end-begin)
	}
	return series, err
}

// peerSeries makes a row of what a peer measured, from its activation first on;
// the first warm ones are left out.
func (c Comparison) peerSeries(late []int64, warm int, first int64, seen []stall) record.Series {
	period := int64(c.Period)
	a := activations{first, period, behind(late, first, c.Period)}
	warm = min(warm, len(late))
	a.begin = a.due(int64(warm))
	a.skips = slices.DeleteFunc(a.skips, func(s skip) bool { return s.first < a.begin })
	s := record.Series{
		Kind: record.Latency, Unit: "ns", Ops: 1, Period: period,
		Samples: late[warm:], Counters: map[string]float64{}, Facts: map[string]float64{},
		Outliers: largest(late[warm:], comparedOutliers),
	}
	a.annotate(&s, seen)
	return s
}

// closely is how a comparison watches.
var closely = view{late: notable, steal: true, outliers: comparedOutliers}
