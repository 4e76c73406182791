//go:build cgo && linux

package audio_test

import (
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio"
)

// These tests run the faults over a real server: what each does in virtual time is
// tested with the engine.

// actor does what a test wants in each block.
type actor struct {
	blocks atomic.Int64
	act    func(block int64, b *audio.Block)
}

func (a *actor) Prepare(audio.Spec) error { return nil }
func (a *actor) Reset()                   {}
func (a *actor) Process(b *audio.Block) {
	n := a.blocks.Add(1)
	for _, out := range b.Out {
		for i := range out {
			out[i] = 0.25
		}
	}
	if a.act != nil {
		a.act(n, b)
	}
}

var garbage []byte

// spend lets time pass without sleeping or yielding.
func spend(d time.Duration) {
	for end := rt.Now() + int64(d); rt.Now() < end; {
	}
}

// open opens and starts a stream on the server.
func open(t *testing.T, c audio.Config, p audio.Processor) *audio.Stream {
	t.Helper()
	c.HostAPI, c.Device = "JACK", "system"
	s, err := audio.Open(c, p)
	if errors.Is(err, audio.ErrNoBackend) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(errors.Join(err, s.Close()))
	}
	return s
}

// started is open, and closed at the end of the test.
func started(t *testing.T, c audio.Config, p audio.Processor) *audio.Stream {
	t.Helper()
	s := open(t, c, p)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// until waits for a state of the stream.
func until(t *testing.T, s *audio.Stream, what string, reached func(audio.Stats) bool) audio.Stats {
	t.Helper()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-look.C {
		if st := s.Stats(); reached(st) {
			return st
		}
	}
	t.Fatalf("%s: not within a minute; %+v, %v", what, s.Stats(), s.Err())
	return audio.Stats{}
}

const period = 64 * time.Second / 48000

func TestFaultsOverJACK(t *testing.T) {
	jackdtest.Start(t)
	t.Run("a processor that takes two periods", func(t *testing.T) {
		p := &actor{act: func(n int64, _ *audio.Block) {
			if n%20 == 0 {
				spend(2 * period)
			}
		}}
		s := started(t, audio.Config{In: 2, Out: 2}, p)
		st := until(t, s, "misses", func(st audio.Stats) bool { return st.Misses >= 2 && st.Blocks >= 60 })
		if st.Callbacks < st.Blocks {
			t.Errorf("%d blocks in %d callbacks", st.Blocks, st.Callbacks)
		}
	})
	t.Run("a stall of three periods, then Stop", func(t *testing.T) {
		stalled := make(chan struct{}, 1)
		p := &actor{act: func(n int64, _ *audio.Block) {
			if n == 20 {
				stalled <- struct{}{}
				spend(3 * period)
			}
		}}
		s := started(t, audio.Config{Out: 2}, p)
		<-stalled
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		before := p.blocks.Load()
		until(t, s, "blocks after the stall", func(audio.Stats) bool { return p.blocks.Load() > before+20 })
	})
	t.Run("a panic", func(t *testing.T) {
		p := &actor{act: func(n int64, _ *audio.Block) {
			if n == 20 {
				panic("out of tune")
			}
		}}
		s := started(t, audio.Config{Out: 2}, p)
		until(t, s, "the panic", func(st audio.Stats) bool { return st.State == audio.Failed && st.Panics == 1 })
		var panicked *audio.PanicError
		if err := s.Err(); !errors.As(err, &panicked) || panicked.Value != "out of tune" {
			t.Errorf("Err: %v", err)
		}
	})
	for name, mode := range map[string]audio.Mode{"handoff": audio.Handoff, "direct": audio.Direct} {
		t.Run("forced collections and busy goroutines, "+name, func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
			var stop atomic.Bool
			defer stop.Store(true)
			for range 2 {
				go func() {
					for x := 1; !stop.Load(); x *= 3 {
					}
				}()
			}
			p := &actor{}
			s := started(t, audio.Config{Out: 2, Mode: mode}, p)
			for range 2 {
				runtime.GC()
			}
			until(t, s, "blocks", func(st audio.Stats) bool { return st.Blocks >= 20 })
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
	for name, mode := range map[string]audio.Mode{"handoff": audio.Handoff, "direct": audio.Direct, "blocking": audio.Blocking} {
		t.Run("what a block met, "+name, func(t *testing.T) {
			const every = 640 // frames, so that every tenth block allocates
			p := &actor{act: func(_ int64, b *audio.Block) {
				if b.Frame%every == 0 {
					garbage = make([]byte, 1000)
				}
			}}
			var wrong []audio.Processed
			s := started(t, audio.Config{Out: 2, Mode: mode, OnBlock: func(b audio.Processed) {
				if b.Marks&audio.Allocated != 0 && b.Frame%every != 0 {
					wrong = append(wrong, b)
				}
			}}, p)
			until(t, s, "a block that allocates", func(st audio.Stats) bool { return st.Allocs > 0 })
			until(t, s, "a stopped block", func(st audio.Stats) bool { runtime.GC(); return st.Stops > 0 })
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
			if len(wrong) > 0 {
				t.Errorf("marked, and did not allocate: %+v", wrong)
			}
			if st := s.Stats(); st.Latency.Output == 0 || st.Latency.Total() < st.Latency.Output {
				t.Errorf("latency %+v", st.Latency)
			}
		})
	}
	t.Run("what the server cannot do", func(t *testing.T) {
		for _, c := range []struct {
			config audio.Config
			want   string
		}{
			{audio.Config{Rate: 44100}, "48000"},
			{audio.Config{Out: 9}, "9"},
			{audio.Config{Device: "no such card"}, "no such card"},
		} {
			c.config.HostAPI = "JACK"
			s, err := audio.Open(c.config, &actor{})
			if err == nil {
				s.Close()
				t.Errorf("%+v was opened", c.config)
			} else if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not name %s", err, c.want)
			}
		}
	})
}

var hum = audio.Declare("hum over JACK", func([]string) (audio.Processor, error) { return &actor{}, nil })
