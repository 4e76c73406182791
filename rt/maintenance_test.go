package rt

import (
	"errors"
	"fmt"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// maintain opens a window from an ordinary goroutine and returns when it is
// asked for; the error comes later.
func maintain(p *Process, fn func() error) (done <-chan error) {
	result := make(chan error, 1)
	go func() { result <- p.Maintenance(fn) }()
	for p.window.Load() == nil {
		runtime.Gosched()
	}
	return result
}

// TestMaintenance: the loop is not pinned inside the window and keeps its phase,
// and what fell into it is neither skipped nor missed, whatever the policy.
func TestMaintenance(t *testing.T) {
	failure := errors.New("profile")
	for _, c := range []struct {
		overrun Overrun
		keep    Keep
	}{{Skip, 0}, {CatchUp(5), 0}, {Rebase, 0}, {Stop, 0}, {Skip, KeepProcs}} {
		overrun := c.overrun
		t.Run(fmt.Sprintf("%v keep %d", overrun, c.keep), func(t *testing.T) {
			k, s, p := setUpKernel(t, ProcessConfig{Keep: c.keep})
			procs := k.state.procs
			s.Pause = func(time.Duration) { runtime.Gosched() }
			l := mustLoop(t, LoopConfig{Overrun: overrun, Miss: MissBudget{K: 1}}, s, p)
			var done <-chan error
			first := int64(0)
			n := 0
			err := l.Run(t.Context(), func(tick *Tick) error {
				n++
				switch n {
				case 1:
					first = tick.Intended
				case 5:
					done = maintain(p, func() error {
						if k.pins != 0 {
							t.Errorf("%d pins inside the window", k.pins)
						}
						k.time += 10*period + period/2
						k.usage = machine.Usage{MinorFaults: 10, MajorFaults: 10, VoluntarySwitches: 10, InvoluntarySwitches: 10}
						return failure
					})
				case 6:
					if tick.Index != 15 || tick.Skipped != 10 || tick.Now != tick.Intended {
						t.Errorf("tick after the window %+v", *tick)
					}
					if p.window.Load() != nil {
						t.Error("the window is still open")
					}
				case 10:
					return ErrStop
				}
				if tick.Intended != first+tick.Index*period {
					t.Errorf("tick %+v has lost the phase", *tick)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if k.state.procs != procs {
				t.Errorf("GOMAXPROCS %d, was %d", k.state.procs, procs)
			}
			if err := <-done; !errors.Is(err, failure) {
				t.Errorf("Maintenance returned %v, want the function's error", err)
			}
			want := Stats{Ticks: 10, Maintenances: 1, MaintenanceSkipped: 10}
			if got := l.Stats().withoutOutput(); got != want {
				t.Errorf("Stats\n got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestMaintenanceOfAnIdleProcess(t *testing.T) {
	_, s, p := setUpKernel(t, ProcessConfig{})
	calls := 0
	for range 2 {
		if err := p.Maintenance(func() error { calls++; return nil }); err != nil {
			t.Error(err)
		}
	}
	if calls != 2 {
		t.Errorf("%d calls, want 2", calls)
	}
	func() {
		defer func() { _ = recover() }()
		_ = p.Maintenance(func() error { panic("profile") })
	}()
	l := mustLoop(t, LoopConfig{}, s, p)
	if err := l.Run(t.Context(), func(*Tick) error { return ErrStop }); err != nil {
		t.Error(err)
	}
}

// TestLoopStartsAfterTheWindow: a loop that starts inside a window waits.
func TestLoopStartsAfterTheWindow(t *testing.T) {
	_, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	var inside atomic.Bool
	ended := make(chan error)
	err := p.Maintenance(func() error {
		inside.Store(true)
		go func() {
			ended <- l.Run(t.Context(), func(*Tick) error {
				if inside.Load() {
					t.Error("stepped inside the window")
				}
				return ErrStop
			})
		}()
		for range 1000 {
			runtime.Gosched()
		}
		inside.Store(false)
		return nil
	})
	if err := errors.Join(err, <-ended); err != nil {
		t.Error(err)
	}
}

func TestMaintenanceFromTheStep(t *testing.T) {
	_, s, p := setUpKernel(t, ProcessConfig{})
	tid := 7
	s.ThreadID = func() int { return tid }
	l := mustLoop(t, LoopConfig{}, s, p)
	call := func() error { return p.Maintenance(func() error { t.Error("called"); return nil }) }
	n := 0
	err := l.Run(t.Context(), func(tick *Tick) error {
		if n++; n == 1 {
			if err := tick.Syscall(call); !errors.Is(err, ErrFromStep) {
				t.Errorf("from Tick.Syscall: %v, want ErrFromStep", err)
			}
			return nil
		}
		return call()
	})
	if !errors.Is(err, ErrFromStep) {
		t.Errorf("error %v, want ErrFromStep", err)
	}
	if err := p.Maintenance(func() error { return nil }); err != nil {
		t.Errorf("on the same thread after the run: %v", err)
	}
}

// TestMaintenanceIsNotRunning: a loop that waits for the end of a maintenance
// window does not count as running, so that an isolate's parent expects no tick.
func TestMaintenanceIsNotRunning(t *testing.T) {
	_, s, p := setUpKernel(t, ProcessConfig{})
	s.Pause = func(time.Duration) { runtime.Gosched() }
	l, err := newLoop(LoopConfig{Period: time.Millisecond}, s, p)
	if err != nil {
		t.Fatal(err)
	}
	watched := func(want bool) {
		t.Helper()
		if got := l.counters.Running(); got != want {
			t.Errorf("running is %v, want %v", got, want)
		}
	}
	done := make(chan error, 1)
	err = l.Run(t.Context(), func(tick *Tick) error {
		watched(true)
		if tick.Index == 0 {
			go func() { done <- p.Maintenance(func() error { watched(false); return nil }) }()
			for p.window.Load() == nil {
				runtime.Gosched()
			}
			return nil
		}
		return ErrStop
	})
	if err := errors.Join(err, <-done); err != nil {
		t.Error(err)
	}
	watched(false)
}
