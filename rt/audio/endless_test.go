package audio

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// TestEndlessLoop: a Processor that computes without end is told to be stuck, the device
// goes on with substitutes, Stop gives up, and once the loop has ended Start plays again.
func TestEndlessLoop(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4)) // the test needs a P next to the loop's
	var endless, turns atomic.Int64                 // endless is 1 once the loop may end
	defer endless.Store(1)
	s := host
	s.thread = func(c rt.LoopConfig, _ []rt.Mode) (thread, error) {
		return host.thread(c, []rt.Mode{rt.Portable}) // an ordinary policy, for the machine's sake
	}
	states := make(chan State, 100)
	st := mustOpen(t, Config{Backend: Sim, Stall: 20 * time.Millisecond, OnState: func(s State, err error) {
		if (s == Stuck) != errors.Is(err, ErrStuck) {
			t.Errorf("told %v with %v", s, err)
		}
		states <- s
	}}, &process{process: func(b *Block) {
		for b.Frame >= 640 && endless.Load() == 0 {
			turns.Add(1)
		}
	}}, &s)
	if err := st.Start(); err != nil {
		t.Fatal(err)
	}
	// The machine may hold a block before it up for as long.
	eventually(t, "the endless loop", func() bool { return turns.Load() > 0 })
	eventually(t, "the state Stuck", func() bool { return st.Stats().State == Stuck && errors.Is(st.Err(), ErrStuck) })
	eventually(t, "the state Stuck, told", func() bool { return len(states) > 0 && <-states == Stuck })
	before := st.Stats()
	eventually(t, "substitutes", func() bool {
		got := st.Stats()
		return got.Misses >= before.Misses+10 && got.Blocks == before.Blocks
	})
	if err := st.Stop(); !errors.Is(err, ErrStuck) {
		t.Errorf("Stop: %v", err)
	}
	if err := st.Start(); !errors.Is(err, ErrStuck) {
		t.Errorf("Start in the loop: %v", err)
	}
	endless.Store(1)
	eventually(t, "Start after the loop", func() bool {
		err := st.Start()
		if err != nil && !errors.Is(err, ErrStuck) {
			t.Fatal(err)
		}
		return err == nil
	})
	eventually(t, "blocks again", func() bool { got := st.Stats(); return got.State == Running && got.Blocks >= 20 })
}

// TestIsolateErrors: an isolate's errors keep their text and their identity in its
// parent.
func TestIsolateErrors(t *testing.T) {
	for _, err := range []error{ErrStalled, ErrStuck, ErrExited, ErrNoDevice, ErrNoBackend, backend.ErrGone} {
		for _, sent := range []error{err, fmt.Errorf("audio: the input device: %w", err)} {
			var e isolateError
			e.set(sent)
			if got := e.get(); !errors.Is(got, err) || got.Error() != sent.Error() {
				t.Errorf("%q became %q", sent, got)
			}
		}
	}
	for _, sent := range []error{nil, errors.New("audio: another"), &DeviceError{"rate 96000", "none"}, &PanicError{"filter", "stack", 7}} {
		var e isolateError
		e.set(sent)
		got := e.get()
		if fmt.Sprint(got) != fmt.Sprint(sent) || fmt.Sprintf("%T", got) != fmt.Sprintf("%T", sent) {
			t.Errorf("%T %v became %T %v", sent, sent, got, got)
		}
	}
}
