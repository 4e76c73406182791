package suite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime/metrics"
	"slices"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
)

const (
	// warmUp is how long a periodic benchmark runs before it is measured.
	warmUp = 100 * time.Millisecond
	// busyWarmUp is the same for a loop under a load: long enough for it to
	// find, at the second or third try, a processor whose queue is empty.
	busyWarmUp = 800 * time.Millisecond
)

// loops are the periodic benchmarks. A latency sample is the moment an
// activation began minus the moment it was due.
func loops() []bench.Benchmark {
	return []bench.Benchmark{
		periodic(bench.Benchmark{
			Name: "loop/wake-1ms", Period: time.Millisecond,
			Doc:    "1 kHz loop: wake latency, idle machine; strict, or the best mode granted",
			Suites: []string{firstLight, loopSuite}, Weight: 31,
			Peers: []string{"c/wake-1ms"}, RatioOf: "p99",
		}, rtLoop{period: time.Millisecond, mode: rt.Auto}.measure),
		periodic(bench.Benchmark{
			Name: "loop/wake-250us", Period: 250 * time.Microsecond,
			Doc:    "4 kHz loop: wake latency, idle machine; strict, or the best mode granted",
			Suites: []string{firstLight, loopSuite}, Weight: 10, RatioOf: "p99",
		}, rtLoop{period: 250 * time.Microsecond, mode: rt.Auto}.measure),
		periodic(bench.Benchmark{
			Name: "loop/wake-1ms-busy", Period: time.Millisecond,
			Doc:    "1 kHz strict loop alongside 4 busy goroutines and 50 MB/s of garbage in the same process",
			Suites: []string{firstLight, loopSuite}, Weight: 31,
			Peers: []string{"today/ticker-1ms-busy"}, RatioOf: "p99",
		}, rtLoop{period: time.Millisecond, mode: rt.Strict, load: standardLoad}.measure),
		periodic(bench.Benchmark{
			Name: "today/ticker-1ms-busy", Period: time.Millisecond,
			Doc:    "plain Go: time.Ticker at 1 ms under the same load, default collector",
			Suites: []string{firstLight, loopSuite, today}, Weight: 15, RatioOf: "p99",
		}, ticker{period: time.Millisecond, load: standardLoad}.measure),
		periodic(bench.Benchmark{
			Name: "c/wake-1ms", Period: time.Millisecond,
			Doc:    "1 kHz SCHED_FIFO thread in C: wake latency, idle machine",
			Suites: []string{firstLight, loopSuite}, Weight: 14, RatioOf: "p99",
		}, cLoop),
	}
}

// periodic makes a benchmark with one latency series.
func periodic(b bench.Benchmark, measure func(context.Context, time.Duration) (record.Series, error)) bench.Benchmark {
	b.Measure = func(ctx context.Context, p bench.Params) ([]record.Series, error) {
		s, err := measure(ctx, p.Duration)
		if err != nil {
			return nil, err
		}
		s.Name = b.Name
		return []record.Series{s}, nil
	}
	return b
}

// rtLoop is memkit's loop.
type rtLoop struct {
	period time.Duration
	mode   rt.Mode
	wake   rt.Wake
	load   loadSize
	view   view
	// newLoop makes the loop; nil is rt.NewLoop.
	newLoop func(rt.LoopConfig) (*rt.Loop, error)
}

func (c rtLoop) measure(ctx context.Context, d time.Duration) (record.Series, error) {
	if err := c.load.roomFor(d); err != nil {
		return record.Series{}, err
	}
	process, err := rt.Setup(rt.ProcessConfig{})
	if err != nil {
		return record.Series{}, err
	}
	s, err := c.prepared(ctx, d)
	return s, firstOf(err, process.Close())
}

// prepared measures in a process that is set up.
func (c rtLoop) prepared(ctx context.Context, d time.Duration) (record.Series, error) {
	rec, err := record.New(record.Config{Capacity: int(d/c.period) + 2, Top: c.view.outliers})
	if err != nil {
		return record.Series{}, err
	}
	newLoop := rt.NewLoop
	if c.newLoop != nil {
		newLoop = c.newLoop
	}
	loop, err := newLoop(rt.LoopConfig{Name: "rtbench", Period: c.period, Mode: c.mode, Wake: c.wake, Recorder: rec})
	if err != nil {
		return record.Series{}, unavailable(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := newWindow(rec, c.period)
	r := running{loop: loop, ended: make(chan struct{})}
	go func() {
		defer close(r.ended)
		r.err = loop.Run(ctx, w.step)
	}()
	defer func() {
		cancel()
		<-r.ended
	}()
	if err := r.begun(); err != nil {
		return record.Series{}, err
	}
	granted := loop.Granted()
	stalls, err := startStallMonitor(c.view, loopCPUs(granted), granted.Policy.Priority()+1, w.first.Load(), c.period)
	if err != nil {
		return record.Series{}, err
	}
	counts, err := c.open(&r, w, d)
	seen := stalls.stop()
	if err != nil {
		return record.Series{}, err
	}
	cancel()
	<-r.ended

	s := w.series()
	maps.Copy(s.Counters, counts)
	activations{w.begin(), w.period, w.skips}.annotate(&s, seen)
	s.Facts["timer_ns"] = sampler.TimerCost()
	s.Facts["mode_"+granted.Mode.String()] = 1
	s.Facts["fifo"] = fact(granted.Policy != rt.Other)
	s.Facts["gc_off"] = fact(granted.CollectorOff)
	return s, nil
}

// fact is a yes or a no among figures.
func fact(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// open measures for d and returns the counts of that time; the loop runs before and
// after it. No step of it stops the world.
func (c rtLoop) open(r *running, w *window, d time.Duration) (map[string]float64, error) {
	sampler.StartThreads()
	load := newLoad(c.load)
	defer load.stop()
	warm := warmUp
	if c.load.busy > 0 {
		load.begin()
		warm = busyWarmUp
	}
	if err := r.run(warm); err != nil {
		return nil, err
	}
	heap := newHeapCount()
	stats := r.loop.Stats()
	allocs := load.without(heap.read)
	w.open(d)
	for !w.closed.Load() {
		if err := r.run(c.period); err != nil {
			return nil, err
		}
	}
	end := r.loop.Stats()
	allocs = load.without(heap.read) - allocs
	return map[string]float64{
		"allocs":      float64(allocs),
		"faults":      float64(end.MinorFaults + end.MajorFaults - stats.MinorFaults - stats.MajorFaults),
		"step_allocs": float64(end.Allocs - stats.Allocs),
		"eintr":       float64(end.Interrupted - stats.Interrupted),
		"lost_p":      float64(end.LostP - stats.LostP),
		"stops":       float64(end.Stops - stats.Stops),
		"moved":       float64(end.Evacuations - stats.Evacuations),
	}, nil
}

// runtimeCount reads one of the runtime's counts without stopping the world,
// which would cost a running loop its processor.
type runtimeCount [1]metrics.Sample

// newHeapCount counts the process's heap allocations. The runtime counts objects
// of up to 32 KiB when their span is full: one allocation may stay unseen, one a
// tick does not.
func newHeapCount() *runtimeCount { return newRuntimeCount("/gc/heap/allocs:objects") }

// newCollectionCount counts the process's garbage collections.
func newCollectionCount() *runtimeCount { return newRuntimeCount("/gc/cycles/total:gc-cycles") }

func newRuntimeCount(name string) *runtimeCount {
	h := &runtimeCount{{Name: name}}
	h.read() // the first reading allocates
	return h
}

func (h *runtimeCount) read() int64 {
	metrics.Read(h[:])
	return int64(h[0].Value.Uint64())
}

// countCollections enters collections and the seconds in which they were
// counted.
func countCollections(counters map[string]float64, collections, ns int64) {
	counters["collections"] = float64(collections)
	counters["collections_s"] = time.Duration(ns).Seconds()
}

// running is a loop inside Run, seen from outside.
type running struct {
	loop  *rt.Loop
	ended chan struct{}
	err   error // why it ended
}

// begun waits for the first tick.
func (r *running) begun() error {
	for r.loop.Stats().Ticks == 0 {
		if err := r.run(time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// run waits for d, or until the loop has ended. It allocates nothing.
func (r *running) run(d time.Duration) error {
	for end := rt.Now() + int64(d); rt.Now() < end; {
		select {
		case <-r.ended:
			return r.err
		default:
			sampler.Sleep(min(d, time.Millisecond))
		}
	}
	return nil
}

// unavailable marks what the machine does not give, as opposed to what went
// wrong.
func unavailable(err error) error {
	var privilege *rt.PrivilegeError
	if errors.As(err, &privilege) || errors.Is(err, rt.ErrUnsupported) {
		return fmt.Errorf("%w: %w", bench.ErrUnavailable, err)
	}
	return err
}

func loopCPUs(g rt.Granted) []int {
	if cpu, named := g.CPU.Number(); named {
		return []int{cpu}
	}
	return sampler.CPUs()
}

// window is a step that does nothing but let the loop's recorder hold a stretch
// of time, from its beginning on.
type window struct {
	period   int64
	first    atomic.Int64 // when the first activation of all was due
	from, to atomic.Int64
	closed   atomic.Bool

	// The loop's own until it has ended; the others until closed.
	rec   *record.Recorder
	ticks int64 // recorded within the window
	skips []skip
}

func newWindow(rec *record.Recorder, period time.Duration) *window {
	w := &window{period: int64(period), rec: rec, skips: make([]skip, stallsMax)}
	for i := range w.skips {
		w.skips[i].n = 1 // else the first skip in the loop is a page fault
	}
	w.skips = w.skips[:0]
	w.from.Store(math.MaxInt64)
	return w
}

// begin is when the window's first activation was due.
func (w *window) begin() int64 {
	first, from := w.first.Load(), w.from.Load()
	return first + (from-first+w.period-1)/w.period*w.period
}

// open lets the window begin with the next activation but one and last for d.
func (w *window) open(d time.Duration) {
	from := rt.Now() + 2*w.period
	w.to.Store(from + int64(d))
	w.from.Store(from)
}

func (w *window) step(t *rt.Tick) error {
	from, to := w.from.Load(), w.to.Load()
	switch {
	case w.first.Load() == 0:
		w.first.Store(t.Intended)
	case t.Intended < from || w.closed.Load():
	case t.Intended >= to:
		w.keepSkips(t, from, to)
		w.closed.Store(true)
	default:
		if w.ticks == 0 {
			// The loop has recorded this tick already, behind those before.
			w.rec.Reset()
			w.rec.Record(t.Now - t.Intended)
		}
		w.ticks++
		w.keepSkips(t, from, to)
	}
	return nil
}

// series is what the recorder holds of the window, once the loop has ended.
func (w *window) series() record.Series {
	s := w.rec.Series("", time.Duration(w.period))
	delete(s.Counters, "overflowed") // behind the window
	s.Samples = s.Samples[:w.ticks]
	s.Outliers = slices.DeleteFunc(s.Outliers, func(o record.Outlier) bool { return o.Index >= w.ticks })
	return s
}

// keepSkips keeps those of the activations skipped before t that were due within
// the window.
func (w *window) keepSkips(t *rt.Tick, from, to int64) {
	begin := max(t.Intended-t.Skipped*w.period, t.Intended-(t.Intended-from)/w.period*w.period)
	n := (min(t.Intended, to) - begin + w.period - 1) / w.period
	if n > 0 && len(w.skips) < cap(w.skips) {
		w.skips = append(w.skips, skip{begin, n})
	}
}
