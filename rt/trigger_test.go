package rt

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
)

// triggers is a device on a virtual machine: it triggers every period, but for
// the turns in idle, which time out.
func triggers(k *kernel, idle ...int) Trigger {
	turn := -1
	return func(until int64) (int64, bool) {
		if turn++; slices.Contains(idle, turn) {
			k.time = until
			return 0, false
		}
		k.time += period
		return k.time - 7, true
	}
}

func TestTriggeredTicks(t *testing.T) {
	for _, mode := range []Mode{Strict, Cooperative, Portable} {
		t.Run(mode.String(), func(t *testing.T) {
			k := newKernel(t)
			before := k.state.clone()
			process, err := setUp(ProcessConfig{}, k.system())
			if err != nil {
				t.Fatal(err)
			}
			l := mustLoop(t, LoopConfig{Mode: mode, Trigger: triggers(k, 1)}, k.system(), process)
			start := k.time
			ticks, err := script(t, k, l, 100, 0)
			if err != nil {
				t.Fatal(err)
			}
			if len(ticks) != 3 {
				t.Fatalf("%d ticks, want 3", len(ticks))
			}
			for i, now := range []int64{start + period, start + 2*period + 100 + triggerWait, start + 3*period + 100 + triggerWait} {
				want := Tick{Index: int64(i), Intended: now - 7, Now: now, Deadline: now - 7 + period}
				if ticks[i] != want {
					t.Errorf("tick %d: %+v, want %+v", i, ticks[i], want)
				}
			}
			if s := l.Stats(); s.Ticks != 3 || s.MaxLatency != 7 {
				t.Errorf("%+v", s)
			}
			if err := process.Close(); err != nil {
				t.Fatal(err)
			}
			k.unchanged(before)
		})
	}
}

// TestTriggeredStepPins: a Strict step is pinned, any other is not, so that its
// panic can be recovered.
func TestTriggeredStepPins(t *testing.T) {
	for mode, want := range map[Mode]int{Strict: 1, Cooperative: 0, Portable: 0} {
		k := newKernel(t)
		process, err := setUp(ProcessConfig{}, k.system())
		if err != nil {
			t.Fatal(err)
		}
		l := mustLoop(t, LoopConfig{Mode: mode, Trigger: triggers(k)}, k.system(), process)
		func() {
			defer func() { recover() }()
			l.Run(t.Context(), func(*Tick) error {
				if k.pins != want {
					t.Errorf("%v: %d pins in the step, want %d", mode, k.pins, want)
				}
				panic("step")
			})
		}()
		if k.pins != 0 {
			t.Errorf("%v: %d pins after a panic", mode, k.pins)
		}
	}
}

// TestTriggeredLeavesProcessors: a loop that would leave one P, which the collector
// then has to share with all goroutines, holds none.
func TestTriggeredLeavesProcessors(t *testing.T) {
	for procs, want := range map[int]int{1: 0, 2: 0, 3: 1} {
		k := newKernel(t)
		k.state.procs = procs
		wait := triggers(k)
		l := mustLoop(t, LoopConfig{Mode: Portable, Trigger: func(until int64) (int64, bool) {
			if k.pins != want {
				t.Errorf("GOMAXPROCS %d: %d pins in the wait, want %d", procs, k.pins, want)
			}
			return wait(until)
		}}, k.system(), nil)
		if _, err := script(t, k, l, 0); err != nil {
			t.Fatal(err)
		}
		if k.pins != 0 || holders.Load() != 0 {
			t.Errorf("%d pins and %d holders are left", k.pins, holders.Load())
		}
	}
}

// TestTriggeredLostP: a loop that holds its P counts the loss of it.
func TestTriggeredLostP(t *testing.T) {
	k := newKernel(t)
	l := mustLoop(t, LoopConfig{Mode: Cooperative, Trigger: triggers(k)}, k.system(), nil)
	n := 0
	if err := l.Run(t.Context(), func(*Tick) error {
		if n++; n == 2 {
			k.p++
		}
		if n == 4 {
			return ErrStop
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if s := l.Stats(); s.LostP != 1 {
		t.Errorf("%d lost, want 1", s.LostP)
	}
}

// TestTriggeredPass: a loop that is not Strict lets a stop-the-world pass in the
// very turn in which it was asked.
func TestTriggeredPass(t *testing.T) {
	k := newKernel(t)
	asks := 0
	k.ask = func(int64) bool { asks++; return asks == 2 }
	l := mustLoop(t, LoopConfig{Mode: Cooperative, Trigger: triggers(k)}, k.system(), nil)
	if _, err := script(t, k, l, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	if len(k.passes) != 1 {
		t.Errorf("passed %d times, want once", len(k.passes))
	}
}

// TestTriggeredYields: a loop that holds its P gives it up for a moment when nothing
// has triggered it, and when its P's queue is not served; a Strict one does not.
func TestTriggeredYields(t *testing.T) {
	for name, c := range map[string]struct {
		mode   Mode
		idle   []int // turns
		served bool
		yields int
	}{
		"nothing triggers":     {Cooperative, []int{2, 4}, true, 2},
		"the queue is served":  {Cooperative, nil, true, 0},
		"the queue is starved": {Portable, nil, false, 2},
		"strict":               {Strict, []int{2, 4}, true, 0},
	} {
		k := newKernel(t)
		k.served = c.served
		process, err := setUp(ProcessConfig{}, k.system())
		if err != nil {
			t.Fatal(err)
		}
		l := mustLoop(t, LoopConfig{Mode: c.mode, Trigger: triggers(k, c.idle...)}, k.system(), process)
		start := k.time
		if err := l.Run(t.Context(), func(*Tick) error {
			if k.time-start > 5*int64(starved)/2 {
				return ErrStop
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(k.yields) != c.yields || slices.ContainsFunc(k.yields, func(pins int) bool { return pins != 0 }) {
			t.Errorf("%s: yields with %v pins, want %d with none", name, k.yields, c.yields)
		}
		if err := process.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTriggeredSignals: a wait that a signal has ended early is no silence, after which
// the loop would yield; a silence that signals cut into pieces is one.
func TestTriggeredSignals(t *testing.T) {
	for name, c := range map[string]struct {
		early  int // turns of 1 ms without a trigger, between two with
		yields int
	}{
		"triggers in time": {5, 0},
		"silence":          {25, 2},
	} {
		k := newKernel(t)
		k.served = true
		turn := 0
		trigger := func(int64) (int64, bool) {
			k.time += 1e6
			if turn++; turn%(c.early+1) == 0 {
				return k.time, true
			}
			return 0, false
		}
		l := mustLoop(t, LoopConfig{Mode: Cooperative, Trigger: trigger}, k.system(), nil)
		steps := 0
		if err := l.Run(t.Context(), func(*Tick) error {
			if steps++; steps == 2 {
				return ErrStop
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(k.yields) != 2*c.yields {
			t.Errorf("%s: %d yields, want %d", name, len(k.yields), 2*c.yields)
		}
	}
}

// TestTriggeredIdlePass: a Strict loop that nothing triggers, because who does is
// stopped already, lets a stop-the-world pass; between triggers it still waits for a
// request that stands.
func TestTriggeredIdlePass(t *testing.T) {
	for _, c := range []struct {
		idle   []int // turns
		passes int
	}{{[]int{2}, 1}, {nil, 0}} {
		k := newKernel(t)
		process, err := setUp(ProcessConfig{}, k.system())
		if err != nil {
			t.Fatal(err)
		}
		asks := 0
		k.ask = func(int64) bool { asks++; return asks == 3 }
		l := mustLoop(t, LoopConfig{Mode: Strict, Trigger: triggers(k, c.idle...)}, k.system(), process)
		if _, err := script(t, k, l, 0, 0, 0, 0); err != nil {
			t.Fatal(err)
		}
		if len(k.passes) != c.passes {
			t.Errorf("idle turns %v: passed %d times, want %d", c.idle, len(k.passes), c.passes)
		}
		if err := process.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTriggeredStops: an end of the context is seen at the latest when a wait has
// timed out.
func TestTriggeredStops(t *testing.T) {
	k := newKernel(t)
	ctx, cancel := context.WithCancel(t.Context())
	turns := 0
	var l *Loop
	l = mustLoop(t, LoopConfig{Mode: Portable, Trigger: func(until int64) (int64, bool) {
		if turns++; turns == 3 {
			cancel()
			for !l.stop.Load() {
				runtime.Gosched()
			}
		}
		k.time = until
		return 0, false
	}}, k.system(), nil)
	err := l.Run(ctx, func(*Tick) error { t.Error("a step without a trigger"); return nil })
	if !errors.Is(err, context.Canceled) || turns != 3 {
		t.Errorf("%v after %d turns", err, turns)
	}
}
