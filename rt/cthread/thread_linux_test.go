//go:build cgo

package cthread

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/cthread/internal/work"
)

// soon is a timeout that only a broken thread exceeds.
const soon = time.Minute

// newThread starts a thread that needs no privilege.
func newThread(t *testing.T) *Thread {
	t.Helper()
	thread, err := New(Config{Policy: rt.Other})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := thread.Close(); err != nil {
			t.Error(err)
		}
	})
	return thread
}

func newWork(t *testing.T, spend time.Duration) work.Work {
	w := work.New(spend.Nanoseconds())
	t.Cleanup(w.Free)
	return w
}

func TestCall(t *testing.T) {
	w := newWork(t, 0)
	thread := newThread(t)
	for n := range int64(1000) {
		if err := thread.Call(work.Add(), w.Argument(), soon); err != nil {
			t.Fatal(err)
		}
		if w.Done() != n+1 {
			t.Fatalf("after call %d, %d were made", n+1, w.Done())
		}
	}
	if got := thread.Stats(); got != (Stats{Calls: 1000}) {
		t.Errorf("%+v", got)
	}
	ran := w.Thread()
	w.AddHere()
	if here := w.Thread(); ran == here || ran == 0 || ran == int64(os.Getpid()) {
		t.Errorf("ran on thread %d, called on %d of process %d", ran, here, os.Getpid())
	}
	if err := thread.Call(nil, nil, soon); !errors.Is(err, ErrNoFunction) {
		t.Errorf("no function: %v", err)
	}
}

// TestLateResult: a call that times out runs on, keeps others away until it has
// returned, and its return is not taken for that of the next call.
func TestLateResult(t *testing.T) {
	late, next := newWork(t, 0), newWork(t, 0)
	thread := newThread(t)
	if err := thread.Call(work.Wait(), late.Argument(), time.Microsecond); !errors.Is(err, ErrTimeout) {
		t.Fatalf("a call that waits: %v", err)
	}
	for range 3 {
		if err := thread.Call(work.Add(), next.Argument(), soon); !errors.Is(err, ErrBusy) {
			t.Fatalf("beside a late call: %v", err)
		}
	}
	if err := thread.Close(); !errors.Is(err, ErrBusy) || thread.Idle() {
		t.Fatalf("Close beside a late call: %v", err)
	}
	late.Go()
	for !thread.Idle() {
		runtime.Gosched()
	}
	if late.Done() != 1 || next.Done() != 0 {
		t.Errorf("%d late calls returned and %d others were made", late.Done(), next.Done())
	}
	if err := thread.Call(work.Add(), next.Argument(), soon); err != nil || next.Done() != 1 {
		t.Errorf("after the late call: %v", err)
	}
	if got := thread.Stats(); got != (Stats{Calls: 1, Timeouts: 1, Busy: 3}) {
		t.Errorf("%+v", got)
	}
}

// TestNoWait: a call with timeout 0 is made and not waited for.
func TestNoWait(t *testing.T) {
	w := newWork(t, 0)
	thread := newThread(t)
	if err := thread.Call(work.Wait(), w.Argument(), 0); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
	w.Go()
	for !thread.Idle() {
		runtime.Gosched()
	}
	if w.Done() != 1 {
		t.Error("the call was not made")
	}
}

func TestClosed(t *testing.T) {
	thread, err := New(Config{Policy: rt.Other})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := thread.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := thread.Call(work.Add(), nil, soon); !errors.Is(err, ErrClosed) || !thread.Idle() {
		t.Error(err)
	}
}

func TestCallDoesNotAllocate(t *testing.T) {
	w := newWork(t, 0)
	thread := newThread(t)
	if n := testing.AllocsPerRun(100, func() { thread.Call(work.Add(), w.Argument(), soon) }); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

func TestConfigErrors(t *testing.T) {
	for want, c := range map[string]Config{
		"cthread: Config.CPU -1: this machine has no such CPU":   {CPU: rt.OnCPU(-1)},
		"cthread: Config.CPU 1024: this machine has no such CPU": {CPU: rt.OnCPU(1024)},
		"cthread: Config.CPU 1023: the thread may not run there": {CPU: rt.OnCPU(1023), Policy: rt.Other},
		"cthread: Config.Policy invalid policy: is neither":      {Policy: rt.FIFO(100)},
	} {
		_, err := New(c)
		var config *rt.ConfigError
		if !errors.As(err, &config) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// realtime is a thread with the default config, or the test is skipped for want
// of the right.
func realtime(t *testing.T, c Config) *Thread {
	t.Helper()
	thread, err := New(c)
	var privilege *rt.PrivilegeError
	if errors.As(err, &privilege) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for !thread.Idle() {
			runtime.Gosched()
		}
		if err := thread.Close(); err != nil {
			t.Error(err)
		}
	})
	return thread
}

// pinnedLoop is a Strict loop, or the test is skipped for want of the right.
func pinnedLoop(t *testing.T) *rt.Loop {
	t.Helper()
	p, err := rt.Setup(rt.ProcessConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	loop, err := rt.NewLoop(rt.LoopConfig{Period: time.Millisecond})
	var privilege *rt.PrivilegeError
	if errors.As(err, &privilege) || errors.Is(err, rt.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return loop
}

// TestTimeoutOnTheLoopsCPU: the loop gets its CPU back from a function that takes
// longer than it should.
func TestTimeoutOnTheLoopsCPU(t *testing.T) {
	loop := pinnedLoop(t)
	w := newWork(t, 900*time.Millisecond) // below what the kernel lets real-time threads have
	thread := realtime(t, Config{CPU: loop.Granted().CPU})
	f, argument := work.Add(), w.Argument()
	var got error
	running := false
	err := loop.Run(t.Context(), func(tick *rt.Tick) error {
		got = thread.Call(f, argument, 300*time.Microsecond)
		running = !thread.Idle()
		w.Go()
		return rt.ErrStop
	})
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(got, ErrTimeout) || !running {
		t.Errorf("%v, still running %t: the loop had to wait for the function", got, running)
	}
}

func TestRefusedWithoutTheRight(t *testing.T) {
	err := refusal(Config{Policy: rt.FIFO(70)}, 2, 1)
	var config *rt.ConfigError
	if !errors.As(err, &config) {
		t.Errorf("affinity: %v", err)
	}
	var privilege *rt.PrivilegeError
	err = refusal(Config{Policy: rt.FIFO(70)}, 3, 1)
	if !errors.As(err, &privilege) || !strings.Contains(err.Error(), "RLIMIT_RTPRIO ≥ 70") {
		t.Errorf("policy: %v", err)
	}
	if err = refusal(Config{}, 1, 11); !strings.Contains(err.Error(), "starting the thread") {
		t.Errorf("thread: %v", err)
	}
}

// TestPinnedLoopKeepsItsP calls C for 100 µs in each tick of a pinned loop, under
// load from goroutines that keep every P busy. A cgo call in their place loses the
// P in most of such runs.
func TestPinnedLoopKeepsItsP(t *testing.T) {
	ticks := int64(500)
	if testing.Short() {
		ticks = 50
	}
	loop := pinnedLoop(t)
	w := newWork(t, 100*time.Microsecond)
	thread := realtime(t, Config{})
	var stop atomic.Bool
	defer stop.Store(true)
	for range 2 * runtime.GOMAXPROCS(0) {
		go func() {
			for !stop.Load() {
			}
		}()
	}
	f, argument := work.Add(), w.Argument()
	err := loop.Run(t.Context(), func(tick *rt.Tick) error {
		thread.Call(f, argument, soon) // an error is counted
		if loop.Stats().Ticks < ticks {
			return nil
		}
		return rt.ErrStop
	})
	if err != nil {
		t.Fatal(err)
	}
	got := thread.Stats()
	if got != (Stats{Calls: ticks}) {
		t.Errorf("%d ticks made %+v", ticks, got)
	}
	if lost := loop.Stats().LostP; lost != 0 {
		t.Errorf("the P was lost %d times", lost)
	}
}
