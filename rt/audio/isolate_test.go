package audio

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main()
	jackdtest.Private()
	os.Exit(m.Run())
}

// tester answers each parameter change with its value plus the first argument,
// and does what the second says at frame 6400.
var tester = Declare("tester", func(args []string) (Processor, error) {
	plus, err := strconv.ParseFloat(args[0], 64)
	if err != nil {
		return nil, fmt.Errorf("tester: %w", err)
	}
	var due atomic.Bool
	if args[1] == "collect" {
		go func() { // a thread that is pinned must neither wait for it nor wake it
			for look := time.NewTicker(time.Millisecond); !due.Load(); {
				<-look.C
			}
			runtime.GC()
		}()
	}
	return &process{process: func(b *Block) {
		for _, e := range b.Events {
			b.Notify(Event{Kind: e.Kind, Offset: e.Offset, Param: e.Param, Value: e.Value + plus})
		}
		if b.Frame < 6400 {
			return
		}
		switch args[1] {
		case "panic":
			panic("filter")
		case "die":
			os.Exit(3)
		case "allocate":
			garbage = make([]byte, 1000)
		case "collect":
			due.Store(true)
		}
	}}, nil
})

// eventually waits for what another process does.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
		<-time.After(time.Millisecond)
	}
}

func openIsolate(t *testing.T, c Config, args ...string) *Stream {
	t.Helper()
	c.Backend, c.Args, c.Stall = Sim, args, time.Minute
	s, err := Open(c, tester)
	if errors.Is(err, rt.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%v; Err: %v", s.Stats(), s.Err())
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestIsolate(t *testing.T) {
	var cycles []Cycle
	s := openIsolate(t, Config{OnCycle: func(c Cycle) { cycles = append(cycles, c) }}, "0.5", "")
	if got := s.Spec(); got != (Spec{Rate: 48000, MaxFrames: 64, Out: 2}) {
		t.Errorf("Spec %+v", got)
	}
	for round := range 2 {
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		if !s.Send(Event{Kind: ParamChange, Param: 7, Value: 2}) {
			t.Error("Send refused")
		}
		var e Event
		eventually(t, "an answer", func() (ok bool) { e, ok = s.Receive(); return ok })
		if e.Kind != ParamChange || e.Param != 7 || e.Value != 2.5 {
			t.Errorf("round %d: received %+v", round, e)
		}
		eventually(t, "100 callbacks", func() bool { return s.Stats().Callbacks >= 100 })
		if st := s.Stats(); st.State != Running || st.Exec.Count == 0 || st.Response.Count == 0 {
			t.Errorf("round %d: %+v", round, st)
		}
		if g := s.Granted(); g.Mode != rt.Strict && os.Getuid() == 0 {
			t.Errorf("granted %+v", g)
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	st := s.Stats()
	if st.State != Ready || st.Response.Count != int64(st.Callbacks) || st.Unrecorded != 0 {
		t.Errorf("%+v", st)
	}
	next := cycles[0].Frame
	for _, c := range cycles {
		if c.Frame != next {
			t.Fatalf("cycle of frame %d follows %d", c.Frame, next)
		}
		next += int64(c.N)
	}
}

func TestIsolatePanics(t *testing.T) {
	s := openIsolate(t, Config{}, "0", "panic")
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	var (
		p    *PanicError
		exit *isolate.ExitError
	)
	pinned := s.Granted().Mode == rt.Strict
	eventually(t, "a panic", func() bool { return errors.As(s.Err(), &p) || errors.As(s.Err(), &exit) })
	if pinned {
		if exit == nil || !strings.Contains(exit.Error(), "panic: filter") || !strings.Contains(exit.Stderr, "Process") {
			t.Errorf("%v", s.Err())
		}
		return
	}
	if p.Value != "filter" || p.Frame < 6400 || p.Stack == "" {
		t.Errorf("%+v", p)
	}
	before := s.Stats()
	eventually(t, "silence that goes on", func() bool { return s.Stats().Callbacks > before.Callbacks+10 })
	if st := s.Stats(); st.State != Failed {
		t.Errorf("%+v", st)
	}
}

func TestIsolateDies(t *testing.T) {
	s := openIsolate(t, Config{}, "0", "die")
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	var exit *isolate.ExitError
	eventually(t, "an end", func() bool { return errors.As(s.Err(), &exit) })
	if exit.Code != 3 || s.Err().Error() != "audio: the isolate has ended: audio/tester: exit status 3" {
		t.Errorf("%v", s.Err())
	}
	if err := s.Stop(); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// TestIsolateRestarts: killed, it is started again and runs, and the counts go on.
func TestIsolateRestarts(t *testing.T) {
	s := openIsolate(t, Config{Restart: isolate.Restart{Max: 3}}, "0", "")
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	r := s.source.(*remote)
	eventually(t, "100 callbacks", func() bool { return s.Stats().Callbacks >= 100 })
	before := s.Stats().Callbacks
	child, err := os.FindProcess(r.isolate.PID())
	if err == nil {
		err = child.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a restart", func() bool { return r.isolate.Restarts() == 1 })
	eventually(t, "a report of the second", func() bool { return r.look().Generation == 1 })
	if got := s.Stats().Callbacks; got < before || got > before+1<<20 {
		t.Errorf("%d callbacks after the restart, %d before", got, before)
	}
	eventually(t, "callbacks of the second", func() bool { return s.Stats().Callbacks >= before+100 && r.look().Generation == 1 })
	eventually(t, "no error", func() bool { return s.Err() == nil })
}

func TestIsolateRefuses(t *testing.T) {
	if _, err := Open(Config{Backend: Sim, Args: []string{"x", ""}}, tester); err == nil || !strings.Contains(err.Error(), "tester: ") {
		t.Errorf("an error of the constructor: %v", err)
	}
	_, err := Open(Config{Args: []string{"0", ""}, Device: "no such device"}, tester)
	var device *DeviceError
	if !errors.Is(err, ErrNoBackend) && !errors.Is(err, ErrNoDevice) && !errors.As(err, &device) {
		t.Errorf("a device that is not there: %v", err)
	}
}
