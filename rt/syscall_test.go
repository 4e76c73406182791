package rt

import (
	"errors"
	"testing"
)

func TestSyscall(t *testing.T) {
	failure := errors.New("socket")
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	n := 0
	err := l.Run(t.Context(), func(tick *Tick) error {
		n++
		switch n {
		case 2: // harmless
			err := tick.Syscall(func() error {
				if k.pins != 0 {
					t.Errorf("%d pins inside the window", k.pins)
				}
				k.time += 5000
				k.held.Calls += 3
				k.held.Sample -= 64
				return failure
			})
			if !errors.Is(err, failure) || k.pins != 1 {
				t.Errorf("error %v with %d pins, want the function's and 1", err, k.pins)
			}
		case 4: // loses the P
			return tick.Syscall(func() error { k.time += 100; k.p = 2; return nil })
		case 5:
			if !l.queue.doubt {
				t.Error("the loop does not doubt the queue of its new P")
			}
		case 6: // an allocation before the window is the step's own
			k.held.Sample -= 16
			return tick.Syscall(func() error { k.held.Schedules++; return nil })
		case 8:
			return ErrStop
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Stats{Ticks: 8, Windows: 3, LostWindows: 2, MaxWindow: 5000, Allocs: 1}
	if got := l.Stats().withoutOutput(); got != want {
		t.Errorf("Stats\n got %+v\nwant %+v", got, want)
	}
}

// TestSyscallPanics: inside the window a panic can be recovered.
func TestSyscallPanics(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	before := k.state.clone()
	l := mustLoop(t, LoopConfig{}, s, p)
	func() {
		defer func() { _ = recover() }()
		err := l.Run(t.Context(), func(tick *Tick) error {
			return tick.Syscall(func() error { panic("socket") })
		})
		t.Errorf("Run returned %v", err)
	}()
	k.unchanged(before)
}

func TestSyscallElsewhere(t *testing.T) {
	calls := 0
	call := func() error { calls++; return nil }
	if err := new(Tick).Syscall(call); err != nil {
		t.Error(err)
	}
	_, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{Mode: Portable}, s, p)
	err := l.Run(t.Context(), func(tick *Tick) error { return errors.Join(tick.Syscall(call), ErrStop) })
	if err != nil {
		t.Error(err)
	}
	if got := l.Stats(); calls != 2 || got != (Stats{Ticks: 1}) {
		t.Errorf("%d calls, Stats %+v; want 2, and one tick", calls, got)
	}
}
