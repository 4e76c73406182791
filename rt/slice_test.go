package rt

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"
)

// TestLongPeriodLetsStopsPass: in a period of 8 s a stop-the-world waits for a few
// slices, and the tick comes when it is due.
func TestLongPeriodLetsStopsPass(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{Period: 8 * time.Second}, s, p)
	asked, passed := int64(0), int64(0)
	start := k.time
	k.ask = func(now int64) bool {
		if asked == 0 && now > start+int64(3*time.Second) {
			asked = now
		}
		return asked != 0 && passed == 0
	}
	k.onPass = func() { passed = k.time }
	err := l.Run(t.Context(), func(tick *Tick) error {
		if tick.Now != tick.Intended || tick.Intended != start+int64(8*time.Second) {
			t.Errorf("tick %+v, want it at %d", *tick, start+int64(8*time.Second))
		}
		return ErrStop
	})
	if err != nil || passed == 0 || passed-asked > 3*int64(defaultStopWait) {
		t.Errorf("asked at %d, passed at %d, error %v", asked, passed, err)
	}
}

// TestLongPeriodEnds: in a period of 8 s the end of the context is seen soon, in every
// mode.
func TestLongPeriodEnds(t *testing.T) {
	for mode, within := range map[Mode]time.Duration{Strict: defaultStopWait, Cooperative: contextWait, Portable: contextWait} {
		k, s, p := setUpKernel(t, ProcessConfig{})
		l := mustLoop(t, LoopConfig{Period: 8 * time.Second, Mode: mode}, s, p)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := int64(0)
		for _, sleep := range []*func(int64) syscall.Errno{&s.Sleep, &s.SleepRaw} {
			kernels := *sleep
			*sleep = func(until int64) syscall.Errno {
				e := kernels(until)
				if ended == 0 && k.time > 4*int64(time.Second) {
					ended = k.time
					cancel()
					l.stop.Store(true) // as the context's AfterFunc does, but at once
				}
				return e
			}
		}
		err := l.Run(ctx, func(*Tick) error {
			t.Errorf("%v: a step ran", mode)
			return ErrStop
		})
		if !errors.Is(err, context.Canceled) || k.time-ended > int64(within) {
			t.Errorf("%v: error %v after %v, want within %v", mode, err, time.Duration(k.time-ended), within)
		}
	}
}

// TestLongPeriodMaintenance: a maintenance window need not wait for the end of a long
// period, and the phase is kept.
func TestLongPeriodMaintenance(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{Period: 8 * time.Second}, s, p)
	start, opened, entered := k.time, int64(0), int64(0)
	var done <-chan error
	kernels := s.SleepRaw
	s.SleepRaw = func(until int64) syscall.Errno {
		e := kernels(until)
		if opened == 0 && k.time > start+int64(3*time.Second) {
			opened = k.time
			done = maintain(p, func() error {
				entered = k.time
				k.time += int64(20 * time.Second) // two activations are lost
				return nil
			})
		}
		return e
	}
	err := l.Run(t.Context(), func(tick *Tick) error {
		if want := start + 3*int64(8*time.Second); tick.Intended != want || tick.Now != want || tick.Index != 2 || tick.Skipped != 2 {
			t.Errorf("tick %+v, want index 2 at %d", *tick, want)
		}
		return ErrStop
	})
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	if entered-opened > int64(defaultStopWait) || l.Stats().MaintenanceSkipped != 2 {
		t.Errorf("opened at %d, entered at %d, %v", opened, entered, l.Stats())
	}
}

// TestShortPeriodSleepsOnce: slices cost a loop of a short period no wake-up.
func TestShortPeriodSleepsOnce(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{Period: 2 * defaultStopWait}, s, p)
	sleeps := 0
	kernels := s.SleepRaw
	s.SleepRaw = func(until int64) syscall.Errno { sleeps++; return kernels(until) }
	if _, err := script(t, k, l, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	if ticks := l.Stats().Ticks; int64(sleeps) != ticks {
		t.Errorf("%d sleeps in %d periods", sleeps, ticks)
	}
}
