package audio

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// virtual runs f with a system in virtual time: a sleep in Process takes exactly as
// long as it says, and computing takes none.
func virtual(t *testing.T, f func(t *testing.T, sys *system)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		zero := time.Now().Add(-time.Second)
		now := func() int64 { return int64(time.Since(zero)) }
		f(t, &system{
			now: now, portable: true,
			thread: func(c rt.LoopConfig, modes []rt.Mode) (thread, error) {
				return &virtualThread{cfg: c, mode: modes[0], now: now}, nil
			},
			monitor:   func() threadMonitor { return &quiet{} },
			jack:      func(string) (backend.Backend, error) { return nil, ErrNoBackend },
			pause:     func() { time.Sleep(time.Millisecond) },
			portAudio: func(string, string) (backend.Backend, error) { return nil, ErrNoBackend },
		})
	})
}

// quiet sees nothing but what a test has put there, at the next look.
type quiet struct {
	seen   rt.Reading
	faults int64
}

func (q *quiet) Read() rt.Reading {
	seen := q.seen
	q.seen = rt.Reading{}
	return seen
}

func (q *quiet) Faults() int64 {
	n := q.faults
	q.faults = 0
	return n
}

// virtualThread is an rt.Loop that wakes exactly on time.
type virtualThread struct {
	cfg  rt.LoopConfig
	mode rt.Mode
	now  func() int64
}

func (v *virtualThread) Granted() rt.Granted {
	return rt.Granted{Mode: v.mode, Policy: v.cfg.Policy}
}

func (v *virtualThread) Run(ctx context.Context, step func(*rt.Tick) error) error {
	period := int64(v.cfg.Period)
	t := rt.Tick{Intended: v.now() + period}
	for {
		ok := true
		if v.cfg.Trigger != nil {
			t.Intended, ok = v.cfg.Trigger(v.now() + int64(10*time.Millisecond))
		} else {
			for t.Skipped = 0; t.Intended < v.now(); t.Skipped++ {
				t.Intended += period
			}
			time.Sleep(time.Duration(t.Intended - v.now()))
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if ok {
			t.Now, t.Deadline = v.now(), t.Intended+period
			if err := step(&t); err != nil {
				return err
			}
			t.Intended += period
		}
	}
}

// process is a Processor made of functions.
type process struct {
	prepare func(Spec) error
	process func(*Block)
	reset   func()
}

func (p *process) Prepare(s Spec) error {
	if p.prepare != nil {
		return p.prepare(s)
	}
	return nil
}

func (p *process) Process(b *Block) { p.process(b) }

func (p *process) Reset() {
	if p.reset != nil {
		p.reset()
	}
}

// counting writes each frame's number, from 1, so that every substitute shows.
func counting() *process {
	return &process{process: func(b *Block) {
		for _, out := range b.Out {
			for i := range out {
				out[i] = float32(b.Frame + int64(i) + 1)
			}
		}
	}}
}

// pass lets virtual time pass.
func pass(ns int64) { elapse(time.Duration(ns)) }

// elapse lets virtual time pass.
func elapse(d time.Duration) { time.Sleep(d) }

func mustOpen(t *testing.T, c Config, p Processor, sys *system) *Stream {
	t.Helper()
	s, err := open(c, p, sys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, ErrStuck) {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// run starts s for a number of periods and a half.
func run(t *testing.T, s *Stream, periods int) {
	t.Helper()
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(s.period*int64(periods) + s.period/2))
	if err := s.Stop(); err != nil && !errors.Is(err, ErrStuck) {
		t.Fatal(err)
	}
}

// tape keeps what Sim played.
type tape struct{ played []float32 }

func (k *tape) sink(out [][]float32) { k.played = append(k.played, out[0]...) }
