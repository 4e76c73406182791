package rt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"github.com/memkit-go/memkit/rt/record"
)

// These tests run on the real kernel. None of them asserts a time.

// settings is what Setup and loops may change, read back from the kernel.
func settings(t *testing.T) map[string]string {
	t.Helper()
	tids, err := machine.Host.Threads()
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{
		"GOMAXPROCS": fmt.Sprint(runtime.GOMAXPROCS(0)),
		"VmLck":      locked(),
	}
	for _, tid := range tids {
		s, err1 := machine.Host.Scheduling(tid)
		cpus, err2 := machine.Host.Affinity(tid)
		if err1 != nil || err2 != nil {
			continue // it has ended
		}
		settings[fmt.Sprintf("policy %d %d", s.Policy, s.Priority)] = ""
		settings["CPUs "+procfs.FormatCPUList(cpus)] = ""
	}
	return settings
}

// locked is how much memory of the process is locked.
func locked() string {
	kB, err := machine.Host.LockedMemory()
	return fmt.Sprint(kB, err)
}

func TestPortableOnThisMachine(t *testing.T) {
	before := settings(t)
	l, err := NewLoop(LoopConfig{Period: time.Millisecond, Mode: Portable})
	if err != nil {
		t.Fatal(err)
	}
	last := Tick{Index: -1}
	err = l.Run(t.Context(), func(tick *Tick) error {
		if slack, err := machine.Host.TimerSlack(); err != nil || slack != 1 {
			t.Errorf("timer slack %d, %v; want 1", slack, err)
		}
		if tick.Now < tick.Intended {
			t.Errorf("woke %d ns early", tick.Intended-tick.Now)
		}
		if tick.Index != last.Index+1+tick.Skipped {
			t.Errorf("tick %+v follows %+v", *tick, last)
		}
		last = *tick
		if tick.Index >= 20 {
			return ErrStop
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if after := settings(t); !reflect.DeepEqual(after, before) {
		t.Errorf("the process was left changed:\n got %v\nwant %v", after, before)
	}
}

// strict prepares the real process for a loop, or skips the test and says why.
func strict(t *testing.T, c LoopConfig) *Loop {
	t.Helper()
	mustSetup(t, ProcessConfig{})
	return mustStrict(t, c)
}

func mustSetup(t *testing.T, c ProcessConfig) {
	t.Helper()
	p, err := Setup(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

func mustStrict(t *testing.T, c LoopConfig) *Loop {
	t.Helper()
	c.Period = time.Millisecond
	l, err := NewLoop(c)
	if degradable(err) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestStrictOnThisMachine(t *testing.T) {
	before := settings(t)
	t.Run("run", func(t *testing.T) {
		r, err := record.New(record.Config{Capacity: 1000})
		if err != nil {
			t.Fatal(err)
		}
		allowed, err := machine.Host.Affinity(0)
		if err != nil {
			t.Fatal(err)
		}
		l := strict(t, LoopConfig{Recorder: r, Wake: Hybrid(50 * time.Microsecond)})
		want := fmt.Sprintf("[%v]", l.Granted().CPU)
		if l.Granted().CPU == AnyCPU { // there is one
			want = fmt.Sprint(allowed)
		}
		err = l.Run(t.Context(), func(tick *Tick) error {
			s, err := machine.Host.Scheduling(0)
			if err != nil || s.Policy != machine.SchedFIFO || s.Priority != DefaultPriority || s.Flags != machine.ResetOnFork {
				t.Errorf("policy %+v, %v; want SCHED_FIFO %d that is not inherited", s, err, DefaultPriority)
			}
			if cpus, err := machine.Host.Affinity(0); err != nil || fmt.Sprint(cpus) != want {
				t.Errorf("CPUs %v, %v; want %v", cpus, err, want)
			}
			if tick.Index < 50 {
				return nil
			}
			return ErrStop
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Stats(); got.Ticks+got.Skipped < 51 || r.Count() != got.Ticks || got.Interrupted != 0 {
			t.Errorf("Stats %+v with %d samples", got, r.Count())
		}
		if _, err := Setup(ProcessConfig{}); !errors.Is(err, ErrSetUp) {
			t.Errorf("second Setup: %v, want ErrSetUp", err)
		}
	})
	if after := settings(t); !reflect.DeepEqual(after, before) {
		t.Errorf("the process was left changed:\n got %v\nwant %v", after, before)
	}
}

// TestDeadlineOnThisMachine: the kernel takes the reservation as it is written.
func TestDeadlineOnThisMachine(t *testing.T) {
	before := settings(t)
	t.Run("run", func(t *testing.T) {
		l := strict(t, LoopConfig{Policy: Deadline(200*time.Microsecond, 500*time.Microsecond)})
		err := l.Run(t.Context(), func(tick *Tick) error {
			s, err := machine.Host.Scheduling(0)
			if want := l.Granted().Policy.scheduling(time.Millisecond); err != nil || s != want {
				t.Errorf("policy %+v, %v; want %+v", s, err, want)
			}
			if tick.Index < 20 {
				return nil
			}
			return ErrStop
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	if after := settings(t); !reflect.DeepEqual(after, before) {
		t.Errorf("the process was left changed:\n got %v\nwant %v", after, before)
	}
}

// TestTwoLoops starts a second loop while the first one runs, under load from busy
// goroutines: both go on.
func TestTwoLoops(t *testing.T) {
	mustSetup(t, ProcessConfig{Loops: 2})
	first, second := mustStrict(t, LoopConfig{}), mustStrict(t, LoopConfig{Policy: FIFO(70)})
	occupyProcs(t)
	var both atomic.Bool
	ended := make(chan error, 1)
	go func() {
		ended <- first.Run(t.Context(), func(*Tick) error {
			if both.Load() {
				return ErrStop
			}
			return nil
		})
	}()
	for first.Stats().Ticks < 20 {
		runtime.Gosched()
	}
	err := second.Run(t.Context(), func(*Tick) error {
		if second.Stats().Ticks < 20 {
			return nil
		}
		both.Store(true)
		return ErrStop
	})
	if err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := first.Stats(); got.Evacuations == 0 {
		t.Errorf("first loop %+v: it did not move when the second one started", got)
	}
}

// occupyProcs keeps every P busy until the test ends.
func occupyProcs(t *testing.T) {
	var stop atomic.Bool
	t.Cleanup(func() { stop.Store(true) })
	for range 2 * runtime.GOMAXPROCS(0) {
		go func() {
			for !stop.Load() {
			}
		}()
	}
}

// TestContextEndsBesideBusyGoroutines: the context's timer is in the heap of
// the P that started the loop, and no P is ever idle.
func TestContextEndsBesideBusyGoroutines(t *testing.T) {
	l := strict(t, LoopConfig{})
	occupyProcs(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := l.Run(ctx, func(*Tick) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the deadline's", err)
	}
}

// TestWorldStopsBesideALoop: whoever stops the world, or collects, gets through,
// and the loop goes on.
func TestWorldStopsBesideALoop(t *testing.T) {
	for _, c := range []struct {
		name string
		call func()
	}{
		{"ReadMemStats", func() { runtime.ReadMemStats(new(runtime.MemStats)) }},
		{"GC", runtime.GC},
		{"Stack", func() { runtime.Stack(make([]byte, 1<<16), true) }},
	} {
		for _, busy := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s busy %v", c.name, busy), func(t *testing.T) {
				if busy && testing.Short() {
					t.Skip("beside busy goroutines a collection takes seconds; left out by -short")
				}
				l := strict(t, LoopConfig{})
				if busy {
					occupyProcs(t)
				}
				var done atomic.Bool
				finished := make(chan struct{})
				go func() {
					defer close(finished)
					for l.Stats().Ticks == 0 {
						runtime.Gosched()
					}
					c.call()
					done.Store(true)
				}()
				after := 0
				err := l.Run(t.Context(), func(*Tick) error {
					if done.Load() {
						after++
					}
					if after < 20 {
						return nil
					}
					return ErrStop
				})
				if err != nil {
					t.Fatal(err)
				}
				<-finished
			})
		}
	}
}

// TestMaintenanceOnThisMachine collects in a window of two loops and busy
// goroutines: no loop is pinned in it, and none loses its phase.
func TestMaintenanceOnThisMachine(t *testing.T) {
	mustSetup(t, ProcessConfig{Loops: 2})
	p := current.Load()
	loops := []*Loop{mustStrict(t, LoopConfig{}), mustStrict(t, LoopConfig{Policy: FIFO(70), Wake: Hybrid(50 * time.Microsecond)})}
	occupyProcs(t)
	var done atomic.Bool
	ended := make(chan error)
	for _, l := range loops {
		first, after := int64(0), 0
		go func() {
			ended <- l.Run(t.Context(), func(tick *Tick) error {
				if first == 0 {
					first = tick.Intended
				}
				if tick.Intended != first+tick.Index*period {
					t.Errorf("tick %+v has lost the phase of %d", *tick, first)
				}
				if done.Load() {
					after++
				}
				if after == 20 {
					return ErrStop
				}
				return nil
			})
		}()
	}
	for _, l := range loops {
		for l.Stats().Ticks < 20 {
			runtime.Gosched()
		}
	}
	collections := 0
	for range 2 {
		err := p.Maintenance(func() error {
			runtime.GC()
			runtime.ReadMemStats(new(runtime.MemStats))
			if n := p.pinned.Load(); n != 0 {
				t.Errorf("%d loops pinned inside the window", n)
			}
			collections++
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	done.Store(true)
	for _, l := range loops {
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := l.Stats(); int(got.Maintenances) != collections {
			t.Errorf("Stats %+v after %d windows", got, collections)
		}
	}
}

// TestStepsOnThisMachine: what the runtime counts of a step that keeps the rules
// is 0, and an ordinary system call, an allocation and a window are seen.
func TestStepsOnThisMachine(t *testing.T) {
	if debugging {
		t.Skip("rtdebug stops the loop")
	}
	r, err := record.New(record.Config{Capacity: 1000})
	if err != nil {
		t.Fatal(err)
	}
	l := strict(t, LoopConfig{Recorder: r, WarmUp: 20})
	var kept Stats
	err = l.Run(t.Context(), func(tick *Tick) error {
		switch r.Count() {
		case 50:
			kept = l.Stats()
			_, _, _ = unix.Syscall(unix.SYS_GETPPID, 0, 0, 0)
		case 60:
			retained = new([100]byte)
		case 70:
			return tick.Syscall(func() error {
				<-time.After(time.Millisecond)
				return nil
			})
		case 80:
			return ErrStop
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if kept.Allocs+kept.Syscalls+kept.LostP+kept.Interrupted+kept.Windows != 0 || kept.Ticks != 50 {
		t.Errorf("Stats of a step that does nothing: %+v", kept)
	}
	if got := l.Stats(); got.Syscalls != 1 || got.Allocs != 1 || got.Windows != 1 || got.MaxWindow < period {
		t.Errorf("Stats %+v, want one system call, one allocation and one window", got)
	}
}

var retained *[100]byte

// TestSignalsStayAway: a profiler's and the runtime's own signals must not end
// the loop's sleep.
func TestSignalsStayAway(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := statusOfThread(t, "SigBlk")
	l := strict(t, LoopConfig{})
	err := l.Run(t.Context(), func(tick *Tick) error {
		blocked := statusOfThread(t, "SigBlk")
		// All but SIGILL 4, SIGTRAP 5, SIGBUS 7, SIGFPE 8, SIGSEGV 11, SIGSYS 31,
		// 32 to 34 and the two that cannot be blocked, SIGKILL 9 and SIGSTOP 19.
		if want := "fffffffc3ffbfa27"; blocked != want {
			t.Errorf("blocked signals %s, want %s", blocked, want)
		}
		return ErrStop
	})
	if err != nil {
		t.Fatal(err)
	}
	if after := statusOfThread(t, "SigBlk"); after != before {
		t.Errorf("blocked signals %s after the run, %s before", after, before)
	}
}

func statusOfThread(t *testing.T, name string) string {
	status, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(status) {
		if value, ok := bytes.CutPrefix(line, []byte(name+":")); ok {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

// TestNowIsMonotonic compares Now with the kernel's CLOCK_MONOTONIC.
func TestNowIsMonotonic(t *testing.T) {
	if !machine.Host.Hooked {
		t.Skip("on this Go version Now is a microsecond off")
	}
	for range 1000 {
		before := monotonic(t)
		now := Now()
		after := monotonic(t)
		if now < before || now > after {
			t.Fatalf("Now %d is not between %d and %d", now, before, after)
		}
	}
}

func monotonic(t *testing.T) int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		t.Fatal(err)
	}
	return ts.Nano()
}
