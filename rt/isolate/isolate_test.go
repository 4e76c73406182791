package isolate

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/ring"
)

// patient is a heartbeat of entries that a loaded machine may let wait for seconds.
const patient = time.Minute

type message struct {
	Number uint64
	Text   [16]byte
}

var (
	questions = NewQueue[message]("questions", 64)
	answers   = NewQueue[message]("answers", 64)
)

var echoEntry = Entry("test echo", func(c *Child) error {
	in, err := questions.Consumer(c)
	if err != nil {
		return err
	}
	out, err := answers.Producer(c)
	if err != nil {
		return err
	}
	for c.Context().Err() == nil {
		c.Beat()
		m, ok := in.Pop()
		for ok && !out.Push(m) {
			runtime.Gosched()
		}
		if !ok {
			runtime.Gosched()
		}
	}
	return nil
})

// echoes sends messages there and back and checks their order.
func echoes(t *testing.T, i *Isolate, n uint64) {
	t.Helper()
	out, err := questions.Producer(i)
	if err != nil {
		t.Fatal(err)
	}
	in, err := answers.Consumer(i)
	if err != nil {
		t.Fatal(err)
	}
	for sent, received := uint64(0), uint64(0); received < n; {
		if sent < n && out.Push(message{Number: sent}) {
			sent++
		}
		m, ok := in.Pop()
		switch {
		case !ok:
			runtime.Gosched()
		case m.Number != received:
			t.Fatalf("answer %d, want %d", m.Number, received)
		default:
			received++
		}
		select {
		case <-i.Done():
			t.Fatal(i.Wait())
		default:
		}
	}
}

// TestIsolateEchoes: the same entry as a process and in this one, one field
// apart.
func TestIsolateEchoes(t *testing.T) {
	for _, inside := range []bool{false, true} {
		i, err := Start(t.Context(), echoEntry, Config{Channels: []Channel{questions, answers}, InProcess: inside, FirstBeat: patient, Heartbeat: patient})
		if runtime.GOOS != "linux" && !inside {
			if !errors.Is(err, rt.ErrUnsupported) || !strings.Contains(err.Error(), runtime.GOOS) {
				t.Errorf("Start: %v, want ErrUnsupported that names %s", err, runtime.GOOS)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		echoes(t, i, 20_000)
		if err := i.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestIsolateInVirtualTime: a minute of a 1 kHz loop in an isolate in this
// process passes at once, and no period is late.
func TestIsolateInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ticks int64
		entry := &EntryPoint{name: "virtual", run: func(c *Child) error {
			l, err := c.NewLoop(rt.LoopConfig{Period: time.Millisecond, Wake: rt.Hybrid(100 * time.Microsecond)})
			if err != nil {
				return err
			}
			return l.Run(c.Context(), func(t *rt.Tick) error {
				if ticks++; t.Now != t.Intended || t.Skipped != 0 {
					return fmt.Errorf("tick %+v is late", *t)
				}
				return nil
			})
		}}
		began := time.Now()
		i, err := Start(t.Context(), entry, Config{InProcess: true})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(began.Add(time.Minute + time.Millisecond/2)))
		if s := i.Stats()[0]; s.Stats.Ticks != 60_000 || !s.Running || s.Granted.Mode != rt.Portable ||
			s.Stats.MinorFaults != 0 || s.Stats.Switches != 0 || s.Stats.Preemptions != 0 {
			t.Errorf("after a minute: %+v", s)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestIsolateInProcessCrash: a panic ends the generation, the other ends of its
// channels notice, and the next one goes on.
func TestIsolateInProcessCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entry := &EntryPoint{name: "crash", run: func(c *Child) error {
			if _, err := questions.Consumer(c); err != nil {
				return err
			}
			if string(c.State()) != strings.Repeat("x", c.Generation) {
				return fmt.Errorf("state %q in generation %d", c.State(), c.Generation)
			}
			c.SaveState(append(c.State(), 'x'))
			if c.SaveState(make([]byte, MaxState+1)) {
				return errors.New("SaveState took too much")
			}
			<-time.After(time.Second)
			if c.Generation < 2 {
				panic("overheated")
			}
			<-c.Context().Done()
			return c.Context().Err()
		}}
		var downs []Failure
		i, err := Start(t.Context(), entry, Config{
			InProcess: true, FirstBeat: -1, Channels: []Channel{questions}, Restart: Restart{Max: 2, Backoff: time.Second},
			SafeState: func(d Failure) { downs = append(downs, d) },
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := questions.Producer(i)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(1500 * time.Millisecond)
		if err := out.Err(); !errors.Is(err, ring.ErrAbandoned) {
			t.Errorf("the producer after the crash: %v, want ErrAbandoned", err)
		}
		time.Sleep(time.Minute)
		if err := out.Err(); err != nil || i.Restarts() != 2 {
			t.Errorf("the producer after %d restarts: %v", i.Restarts(), err)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
		var p *PanicError
		if len(downs) != 2 || !errors.As(downs[1].Err, &p) || p.Value != "overheated" || len(p.Stack) == 0 || downs[1].Generation != 1 {
			t.Errorf("downs %+v", downs)
		}
		if err := out.Err(); !errors.Is(err, ring.ErrClosed) {
			t.Errorf("the producer after the end: %v, want ErrClosed", err)
		}
	})
}

// TestIsolateChannelsAreItsOwn: a channel that is not listed, or an end that is
// in use, is refused on either side.
func TestIsolateChannelsAreItsOwn(t *testing.T) {
	entry := &EntryPoint{name: "claim", run: func(c *Child) error {
		if _, err := answers.Producer(c); err == nil {
			return errors.New("a channel that is not listed was claimed")
		}
		if _, err := questions.Consumer(c); err != nil {
			return err
		}
		_, err := questions.Consumer(c)
		return err
	}}
	i, err := Start(t.Context(), entry, Config{InProcess: true, FirstBeat: -1, Channels: []Channel{questions}})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Wait(); !errors.Is(err, ring.ErrHeld) || strings.Contains(err.Error(), "ring: ") {
		t.Errorf("the entry: %v, want ErrHeld under one prefix", err)
	}
	_, err = answers.Consumer(i)
	wantConfigError(t, err, "Config.Channels")
	for range 2 {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := questions.Producer(i); !errors.Is(err, ring.ErrClosed) || i.Stats() != nil {
		t.Errorf("after Close: %v, %v", err, i.Stats())
	}
}

// TestIsolateHotCallsDoNotAllocate: what a step may call.
func TestIsolateHotCallsDoNotAllocate(t *testing.T) {
	allocated := make(chan float64, 2)
	entry := &EntryPoint{name: "hot", run: func(c *Child) error {
		state := make([]byte, MaxState)
		allocated <- testing.AllocsPerRun(100, c.Beat)
		allocated <- testing.AllocsPerRun(100, func() { c.SaveState(state) })
		return nil
	}}
	i, err := Start(t.Context(), entry, Config{InProcess: true, Heartbeat: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Wait(); err != nil {
		t.Error(err)
	}
	if beat, save := <-allocated, <-allocated; beat != 0 || save != 0 && !debug.Enabled { // who saves is written down in such a build
		t.Errorf("allocations: Beat %v, SaveState %v; want none", beat, save)
	}
}

func BenchmarkIsolateStart(b *testing.B) {
	for b.Loop() {
		i, err := Start(b.Context(), echoEntry, Config{Channels: []Channel{questions, answers}})
		if errors.Is(err, rt.ErrUnsupported) {
			b.Skip(err)
		}
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := i.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
