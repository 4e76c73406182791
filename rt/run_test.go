package rt

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/rt/internal/counters"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"github.com/memkit-go/memkit/rt/record"
)

const period = int64(time.Millisecond)

// script runs a loop on a virtual machine whose steps take the given times in
// turn, and returns the ticks that the steps saw.
func script(t *testing.T, k *kernel, l *Loop, takes ...int64) (ticks []Tick, err error) {
	t.Helper()
	err = l.Run(t.Context(), func(tick *Tick) error {
		ticks = append(ticks, *tick)
		ticks[len(ticks)-1].loop = nil // to compare with
		if len(ticks) > len(takes) {
			return ErrStop
		}
		k.time += takes[len(ticks)-1]
		return nil
	})
	return ticks, err
}

func mustLoop(t *testing.T, c LoopConfig, s *machine.System, p *Process) *Loop {
	t.Helper()
	if c.Period == 0 {
		c.Period = time.Duration(period)
	}
	l, err := newLoop(c, s, p)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTicks(t *testing.T) {
	const start = 1_000_000_000
	for _, c := range []struct {
		name    string
		overrun Overrun
		late    []int64
		takes   []int64
		want    []Tick // Intended, Now and Deadline in periods and ns after start
		stats   Stats
	}{
		{
			name: "on time",
			late: []int64{10, 20, 5}, takes: []int64{100, 200},
			want: []Tick{
				{0, period, period + 10, 0, 2 * period, nil},
				{1, 2 * period, 2*period + 20, 0, 3 * period, nil},
				{2, 3 * period, 3*period + 5, 0, 4 * period, nil},
			},
			stats: Stats{Ticks: 3, MaxLatency: 20},
		},
		{
			name:  "skip keeps the phase",
			takes: []int64{5*period/2 + 7, 0},
			want: []Tick{
				{0, period, period, 0, 2 * period, nil},
				{3, 4 * period, 4 * period, 2, 5 * period, nil},
				{4, 5 * period, 5 * period, 0, 6 * period, nil},
			},
			stats: Stats{Ticks: 3, Skipped: 2, Overruns: 1, Missed: 2},
		},
		{
			name: "a late wake is an overrun of the tick it is late for",
			late: []int64{0, 3 * period, 0}, takes: []int64{0, 1},
			want: []Tick{
				{0, period, period, 0, 2 * period, nil},
				{1, 2 * period, 5 * period, 0, 3 * period, nil},
				{5, 6 * period, 6 * period, 3, 7 * period, nil},
			},
			stats: Stats{Ticks: 3, Skipped: 3, Overruns: 1, Missed: 3, MaxLatency: 3 * period},
		},
		{
			name: "catch up", overrun: CatchUp(2),
			takes: []int64{3*period + 1, 10, 10, 10},
			want: []Tick{
				{0, period, period, 0, 2 * period, nil},
				{2, 3 * period, 4*period + 1, 1, 4 * period, nil},
				{3, 4 * period, 4*period + 11, 0, 5 * period, nil},
				{4, 5 * period, 5 * period, 0, 6 * period, nil},
				{5, 6 * period, 6 * period, 0, 7 * period, nil},
			},
			stats: Stats{Ticks: 5, Skipped: 1, Overruns: 2, Missed: 4, MaxLatency: period + 1},
		},
		{
			name: "rebase gives up the phase", overrun: Rebase,
			takes: []int64{period + 300, 0},
			want: []Tick{
				{0, period, period, 0, 2 * period, nil},
				{1, 3*period + 300, 3*period + 300, 0, 4*period + 300, nil},
				{2, 4*period + 300, 4*period + 300, 0, 5*period + 300, nil},
			},
			stats: Stats{Ticks: 3, Overruns: 1, Missed: 1},
		},
	} {
		for _, mode := range []Mode{Strict, Cooperative, Portable} {
			t.Run(c.name+"/"+mode.String(), func(t *testing.T) {
				k, s, p := setUpKernel(t, ProcessConfig{})
				l := mustLoop(t, LoopConfig{Mode: mode, Overrun: c.overrun}, s, p)
				k.late, k.time = slices.Clone(c.late), start
				ticks, err := script(t, k, l, c.takes...)
				if err != nil {
					t.Fatal(err)
				}
				for i := range c.want {
					c := c.want[i]
					c.Intended, c.Now, c.Deadline = c.Intended+start, c.Now+start, c.Deadline+start
					if i >= len(ticks) || ticks[i] != c {
						t.Fatalf("tick %d of\n got %+v\nwant %+v", i, ticks, c)
					}
				}
				if got := l.Stats().withoutOutput(); got != c.stats {
					t.Errorf("Stats\n got %+v\nwant %+v", got, c.stats)
				}
			})
		}
	}
}

func TestStopPolicy(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{Name: "pump", Overrun: Stop}, s, p)
	ticks, err := script(t, k, l, 5, period+1, 0)
	if !errors.Is(err, ErrOverrun) || len(ticks) != 2 {
		t.Fatalf("%d ticks, error %v; want 2 and ErrOverrun", len(ticks), err)
	}
	if want := "rt: pump: period 1 ended 1ns after its deadline; shorten the step, lengthen the period, or give Overrun Skip"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// TestDriftless runs 10,000 periods with random lateness and overruns, and
// checks that every activation is where the first one and the index put it, and
// that the counts add up.
func TestDriftless(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	seed := uint64(42)
	next := func(n int64) int64 {
		seed = seed*6364136223846793005 + 1442695040888963407
		return int64(seed>>33) % n
	}
	first, steps, skipped := int64(0), int64(0), int64(0)
	err := l.Run(t.Context(), func(tick *Tick) error {
		if first == 0 {
			first = tick.Intended
		}
		steps++
		skipped += tick.Skipped
		if tick.Intended != first+tick.Index*period || tick.Index != steps-1+skipped {
			t.Fatalf("tick %+v after %d steps and %d skipped", *tick, steps, skipped)
		}
		if tick.Index >= 10_000 {
			return ErrStop
		}
		if next(10) == 0 {
			k.late = append(k.late, next(4*period))
		}
		k.time += next(period + period/20)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Stats(); got.Ticks != steps || got.Skipped != skipped || skipped == 0 {
		t.Errorf("Stats %+v after %d steps and %d skipped", got, steps, skipped)
	}
}

func TestRecorder(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	r, err := record.New(record.Config{Capacity: 10})
	if err != nil {
		t.Fatal(err)
	}
	l := mustLoop(t, LoopConfig{Recorder: r, Overrun: CatchUp(1)}, s, p)
	k.late = []int64{10, 20, 30}
	k.interrupts = 2
	if _, err := script(t, k, l, 0, period); err != nil {
		t.Fatal(err)
	}
	if got, want := r.Samples(), []int64{10, 20, 50}; !slices.Equal(got, want) {
		t.Errorf("samples %v, want %v", got, want)
	}
	want := []record.Outlier{
		{Index: 2, Value: 50, Cause: record.Overrun},
		{Index: 1, Value: 20},
		{Index: 0, Value: 10, Cause: record.Interrupted},
	}
	if got := r.Top(); !slices.Equal(got, want) {
		t.Errorf("outliers %v, want %v", got, want)
	}
	if got := l.Stats().Interrupted; got != 2 {
		t.Errorf("Interrupted %d, want 2", got)
	}
}

func TestHybridSpinsTheMargin(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{Wake: Hybrid(50 * time.Microsecond)}, s, p)
	k.late = []int64{20_000, 49_999, 80_000} // after the sleep to due − 50 µs
	ticks, err := script(t, k, l, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, tick := range ticks {
		got = append(got, tick.Now-tick.Intended)
	}
	// The virtual spin takes 100 ns a look.
	if want := []int64{0, 99, 30_000}; !slices.Equal(got, want) {
		t.Errorf("latencies %v, want %v", got, want)
	}
	if k.relaxed != 301 {
		t.Errorf("%d looks, want 301", k.relaxed)
	}
}

func TestTimerfd(t *testing.T) {
	for _, mode := range []Mode{Strict, Portable} {
		k, s, p := setUpKernel(t, ProcessConfig{})
		before := k.state.clone()
		l := mustLoop(t, LoopConfig{Mode: mode, Wake: Timerfd}, s, p)
		err := l.Run(t.Context(), func(tick *Tick) error {
			if !slices.Contains(slices.Collect(maps.Values(k.state.open)), "timerfd") {
				t.Errorf("%v: descriptors %v, want a timerfd", mode, k.state.open)
			}
			return ErrStop
		})
		if err != nil {
			t.Fatal(err)
		}
		k.unchanged(before)
	}
}

func TestRunEnds(t *testing.T) {
	failure := errors.New("actuator")
	for _, c := range []struct {
		name string
		run  func(*kernel, *Loop) error
		want error
	}{
		{"ErrStop", func(_ *kernel, l *Loop) error {
			return l.Run(t.Context(), func(*Tick) error { return ErrStop })
		}, nil},
		{"step's error", func(_ *kernel, l *Loop) error {
			return l.Run(t.Context(), func(*Tick) error { return failure })
		}, failure},
		{"context ended before", func(_ *kernel, l *Loop) error {
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(failure)
			return l.Run(ctx, func(*Tick) error { t.Error("stepped"); return nil })
		}, failure},
		{"context ends during", func(_ *kernel, l *Loop) error {
			ctx, cancel := context.WithCancelCause(t.Context())
			return l.Run(ctx, func(tick *Tick) error {
				cancel(failure)
				for !l.stop.Load() {
					// The virtual loop has no period in which AfterFunc could run.
				}
				if tick.Index > 0 {
					t.Error("stepped after the end")
				}
				return nil
			})
		}, failure},
		{"sleep fails", func(k *kernel, l *Loop) error {
			k.sleepError = syscall.EINVAL
			return l.Run(t.Context(), func(*Tick) error { t.Error("stepped"); return nil })
		}, syscall.EINVAL},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, s, p := setUpKernel(t, ProcessConfig{})
			before := k.state.clone()
			l := mustLoop(t, LoopConfig{}, s, p)
			if err := c.run(k, l); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			k.unchanged(before)
			k.sleepError = 0
			if err := l.Run(t.Context(), func(*Tick) error { return ErrStop }); err != nil {
				t.Errorf("running again: %v", err)
			}
		})
	}
}

// TestPanic: unpinned, a step may panic and the caller recover.
func TestPanic(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	before := k.state.clone()
	l := mustLoop(t, LoopConfig{Mode: Cooperative}, s, p)
	func() {
		defer func() { _ = recover() }()
		err := l.Run(t.Context(), func(*Tick) error { panic("actuator") })
		t.Errorf("Run returned %v", err)
	}()
	k.unchanged(before)
}

func TestRunTwiceAtOnce(t *testing.T) {
	_, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	err := l.Run(t.Context(), func(*Tick) error {
		if err := l.Run(t.Context(), func(*Tick) error { return nil }); !errors.Is(err, ErrRunning) {
			t.Errorf("inner Run: %v, want ErrRunning", err)
		}
		if err := p.Close(); !errors.Is(err, ErrLoopsRunning) {
			t.Errorf("Close beside a loop: %v, want ErrLoopsRunning", err)
		}
		other := &Loop{sys: s, process: p, granted: Granted{Mode: Strict}}
		if err := other.Run(t.Context(), func(*Tick) error { return nil }); !errors.Is(err, ErrTooManyLoops) {
			t.Errorf("second loop: %v, want ErrTooManyLoops", err)
		}
		return ErrStop
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Run(t.Context(), nil); err == nil {
		t.Error("Run took a nil step")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Run(t.Context(), func(*Tick) error { return nil }); !errors.Is(err, ErrNoSetup) {
		t.Errorf("after Close: %v, want ErrNoSetup", err)
	}
}

func TestUsageCoversTheRunAlone(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	k.usage = machine.Usage{MinorFaults: 1000, MajorFaults: 1000, VoluntarySwitches: 1000, InvoluntarySwitches: 1000}
	err := l.Run(t.Context(), func(*Tick) error {
		k.usage = machine.Usage{MinorFaults: 1001, MajorFaults: 1002, VoluntarySwitches: 1003, InvoluntarySwitches: 1004}
		return ErrStop
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Stats{Ticks: 1, MinorFaults: 1, MajorFaults: 2, Switches: 3, Preemptions: 4}
	if got := l.Stats().withoutOutput(); got != want {
		t.Errorf("Stats %+v, want %+v", got, want)
	}
}

// TestPass: a stop-the-world, which keeps asking, is let pass after StopWait,
// and so is a collection, at once. sysmon, which asks every 10 ms, is not.
func TestPass(t *testing.T) {
	stop := func(int64) bool { return true }
	last := int64(0)
	sysmon := func(now int64) bool {
		ask := now-last >= 10*period
		if ask {
			last = now
		}
		return ask
	}
	for _, c := range []struct {
		name    string
		period  time.Duration
		ask     func(now int64) bool
		marking bool
		ticks   int
		takes   int64
		want    []bool
	}{
		{"nobody", time.Millisecond, nil, false, 100, 0, nil},
		{"stop", time.Millisecond, stop, false, 20, 0, make([]bool, 4)},
		{"stop, slow loop", 20 * time.Millisecond, stop, false, 4, 0, make([]bool, 12)},
		{"sysmon", time.Millisecond, sysmon, false, 1000, 0, nil},
		{"collection", time.Millisecond, nil, true, 3, 0, []bool{true, true, true}},
		{"loop that never sleeps", time.Millisecond, nil, false, 10, 2 * period, make([]bool, 3)},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, s, p := setUpKernel(t, ProcessConfig{})
			l := mustLoop(t, LoopConfig{Period: c.period, StopWait: 4 * time.Millisecond, Overrun: CatchUp(10)}, s, p)
			k.ask, k.inMark = c.ask, c.marking
			takes := make([]int64, c.ticks)
			for i := range takes {
				takes[i] = c.takes
			}
			if _, err := script(t, k, l, takes...); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(k.passes, c.want) {
				t.Errorf("passes %v in %d ticks, want %v", k.passes, c.ticks, c.want)
			}
			if got := l.Stats(); got.Stops != 0 || got.LostP != 0 {
				t.Errorf("Stats %+v, want no stops", got)
			}
		})
	}
}

// TestMovesAfterAStop: once the world was stopped, others' goroutines and timers
// may wait for the loop's P, so the loop moves, but not at every stop.
func TestMovesAfterAStop(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	k.ask = func(int64) bool { return true }
	k.onPass = func() { k.passTakes = 0 }
	k.served = true
	n := 0
	var evacuations []int
	err := l.Run(t.Context(), func(*Tick) error {
		n++
		if n == 40 || n == 60 {
			k.passTakes = int64(time.Millisecond) / 2
		}
		if e := l.Stats().Evacuations; int(e) > len(evacuations) {
			evacuations = append(evacuations, n)
		}
		if n == 1000 {
			return ErrStop
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Stats(); got.Stops != 2 || !slices.Equal(evacuations, []int{45, 296}) {
		t.Errorf("%d stops, evacuations at %v; want 2 stops, and evacuations at 45 and 296", got.Stops, evacuations)
	}
}

// TestStallIsNoStop: a look that takes long on a machine that stalls moves no loop
// that has kept its P.
func TestStallIsNoStop(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	k.ask = func(int64) bool { return true }
	k.stalls, k.passTakes = true, int64(time.Millisecond)/2
	if _, err := script(t, k, l, make([]int64, 400)...); err != nil {
		t.Fatal(err)
	}
	if got := l.Stats(); len(k.passes) == 0 || got.Stops != 0 || got.Evacuations != 0 {
		t.Errorf("%d looks, %d stops, %d evacuations; want none of the latter two", len(k.passes), got.Stops, got.Evacuations)
	}
}

// TestStarvingQueue: a loop in doubt moves when no other P serves its P's queue,
// and stays as long as one does.
func TestStarvingQueue(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	k.served = true
	n := 0
	err := l.Run(t.Context(), func(*Tick) error {
		n++
		switch n {
		case 10:
			k.p = 2 // the step has lost its P
		case 1000:
			if e := l.Stats().Evacuations; e != 0 {
				t.Errorf("%d evacuations though the queue is served", e)
			}
			k.served = false
		case 2000:
			return ErrStop
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Stats(); got.LostP != 1 || got.Evacuations != 1 {
		t.Errorf("Stats %+v, want 1 evacuation", got)
	}
}

// TestLoopsMoveTogether: a renewal takes every loop's P.
func TestLoopsMoveTogether(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{Loops: 2})
	l := mustLoop(t, LoopConfig{}, s, p)
	s.Nap = func() {
		for p.pinned.Load() > 0 {
			runtime.Gosched()
		}
	}
	n := 0
	err := l.Run(t.Context(), func(*Tick) error {
		switch n++; n {
		case 3:
			p.renewal.Store(new(renewal))
			go p.renew(p.renewal.Load())
		case 5:
			return ErrStop
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Stats(); got.Evacuations != 1 || p.renewal.Load() != nil || k.state.procs != 5 {
		t.Errorf("Stats %+v, GOMAXPROCS %d; want 1 evacuation, and 5", got, k.state.procs)
	}
}

func TestLostP(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	n := 0
	err := l.Run(t.Context(), func(*Tick) error {
		if n++; n == 3 {
			k.p = 2
		}
		if n == 6 {
			return ErrStop
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Stats().LostP; got != 1 {
		t.Errorf("LostP %d, want 1", got)
	}
	if !l.queue.doubt {
		t.Error("the loop does not doubt the queue of its new P")
	}
}

func TestSettle(t *testing.T) {
	slow := int64(keptP) + 1
	for _, c := range []struct {
		name    string
		keep    Keep
		p       int
		outside []int64
		empty   bool
		left    int
	}{
		{"at once", 0, 1, []int64{10}, true, 0},
		{"third try", 0, 1, []int64{slow, slow, 10}, true, 0},
		{"never", 0, 1, []int64{slow, slow, slow, slow, slow}, false, 1},
		{"P 0 has everybody's timers", 0, 0, []int64{1, 1, 1, 1}, false, 0},
		{"GOMAXPROCS is not ours", KeepProcs, 1, []int64{slow}, true, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, _, p := setUpKernel(t, ProcessConfig{Keep: c.keep})
			before := k.state.clone()
			k.outside, k.p = c.outside, c.p
			if got := p.moveToEmptyP(); got != c.empty || len(k.outside) != c.left {
				t.Errorf("settle %v with %d waits left, want %v and %d", got, len(k.outside), c.empty, c.left)
			}
			k.unchanged(before)
		})
	}
}

func TestTickAllocatesNothing(t *testing.T) {
	testenv.SkipInRaceRun(t)
	k, s, p := setUpKernel(t, ProcessConfig{})
	r, err := record.New(record.Config{Capacity: 100})
	if err != nil {
		t.Fatal(err)
	}
	nothing := func() error { return nil }
	for _, c := range []LoopConfig{
		{Recorder: r}, {Wake: Hybrid(time.Microsecond)}, {Wake: Timerfd}, {Overrun: CatchUp(2)}, {Mode: Portable},
		{WarmUp: 5, Miss: MissBudget{K: 64, OnMiss: func(*Tick) {}}, SubSteps: []SubStep{{Every: 3, Step: func(*Tick) error { return nil }}}},
	} {
		l := mustLoop(t, c, s, p)
		run := func(ticks int64) float64 {
			return testing.AllocsPerRun(5, func() {
				n := int64(0)
				err := l.Run(t.Context(), func(tick *Tick) error {
					k.passes, k.calls = k.passes[:0], k.calls[:0]
					_ = tick.Syscall(nothing)
					k.time += n % 3 * period
					if n++; n == ticks {
						return ErrStop
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			})
		}
		run(10)
		if few, many := run(10), run(10_000); many > few+10 {
			t.Errorf("%+v: %v allocations in a run of 10,000 ticks, %v in one of 10", c, many, few)
		}
	}
}

func TestStatsWhileRunning(t *testing.T) {
	_, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for l.Stats().Ticks < 1000 {
		}
	}()
	err := l.Run(t.Context(), func(*Tick) error {
		select {
		case <-done:
			return ErrStop
		default:
			return nil
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkLoopOverhead is what a loop adds to each step: all but the sleep, on
// the real system.
func BenchmarkLoopOverhead(b *testing.B) {
	for _, recording := range []bool{false, true} {
		name := "plain"
		var r *record.Recorder
		if recording {
			name = "recording"
			r, _ = record.New(record.Config{Capacity: 1 << 16})
		}
		b.Run(name, func(b *testing.B) {
			s := machine.Host
			s.SleepRaw = func(int64) syscall.Errno { return 0 }
			s.LockThread()
			defer s.UnlockThread()
			l := &Loop{sys: &s, process: new(Process), counters: new(counters.Counters), timer: -1, cfg: LoopConfig{Period: time.Hour, StopWait: time.Hour, Recorder: r}}
			l.prepare()
			fd, explain := l.explainOutliers()
			defer explain()
			l.monitor.begin(&s, true, fd)
			l.pin()
			defer l.unpin()
			n := 0
			b.ReportAllocs()
			err := l.cycle(func(*Tick) error {
				if n++; n > b.N {
					return ErrStop
				}
				return nil
			})
			if !errors.Is(err, ErrStop) {
				b.Fatal(err)
			}
			if c := l.Stats(); c.LostP+c.Allocs+c.Syscalls > 0 {
				b.Errorf("Stats %+v", c)
			}
		})
	}
}

// TestMovesBecomeRare: a loop that reaches no empty P moves again after twice as long
// each time, up to 64 times, and at once as usual when it has reached one.
func TestMovesBecomeRare(t *testing.T) {
	_, s, _ := setUpKernel(t, ProcessConfig{})
	var q queueCheck
	now, last := int64(0), int64(0)
	var gaps []time.Duration
	q.arrived(false, never)
	for len(gaps) < 10 {
		now += period
		if q.leave(s, now) {
			gaps, last = append(gaps, time.Duration(now-last)), now
			q.arrived(false, now)
		}
	}
	for i, gap := range gaps {
		want := starved << min(i+1, maxDoublings)
		if gap < want || gap > want+3*time.Millisecond {
			t.Errorf("move %d came after %v, want %v", i, gap, want)
		}
	}
	q.arrived(true, now)
	q.doubt = true
	for at := now; ; at += period {
		if q.leave(s, at) {
			if gap := time.Duration(at - now); gap > starved+3*time.Millisecond {
				t.Errorf("after an empty P the next move came after %v, want %v", gap, starved)
			}
			return
		}
	}
}

// TestOneCPU: on a single CPU a loop that waits for a renewal of the Ps does not spin,
// which would keep the renewing thread from its work, and there is a P for it.
func TestOneCPU(t *testing.T) {
	for _, c := range []struct {
		cpus  []int
		spin  bool
		procs int
	}{{[]int{0, 1, 2}, true, 4}, {[]int{1}, false, 3}} {
		k := newKernel(t)
		k.state.affinity[callingThread] = c.cpus
		s := k.system()
		p, err := setUp(ProcessConfig{}, s)
		if err != nil {
			t.Fatal(err)
		}
		k.spun = !c.spin
		p.moveToEmptyP()
		if k.spun != c.spin || k.state.procs != c.procs {
			t.Errorf("CPUs %v: spun %v with GOMAXPROCS %d, want %v and %d", c.cpus, k.spun, k.state.procs, c.spin, c.procs)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}
