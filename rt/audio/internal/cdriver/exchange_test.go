//go:build cgo && linux

package cdriver

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
)

// fate is what the worker does with one cycle.
type fate int

const (
	inTime  fate = iota
	tooLate      // takes the block, and is done before the next cycle
	stuck        // holds a block through the whole cycle, or takes a new one and keeps it
	tooLong      // more frames than fit
)

// step is one cycle of a script.
type step struct {
	fate  fate
	n     int
	flags uint32
	gate  uint32
	// period is the cycle's share of the region's, in percent; 0 for the whole.
	period int64
	in     [][]float32
}

// seen is what one cycle left behind, times apart.
type seen struct {
	missed bool
	out    [][]float32
	record handoff.Record
}

const maxFrames = 64

func script(seed uint64, steps, channels int) []step {
	random := rand.New(rand.NewPCG(seed, 1))
	all := make([]step, steps)
	for i := range all {
		s := step{fate: inTime, n: 1 + random.IntN(maxFrames), flags: uint32(random.IntN(4)) | uint32(random.IntN(2))*handoff.Priming}
		if random.IntN(3) == 0 {
			s.fate = fate(random.IntN(4))
		}
		if s.fate == tooLong {
			s.n = maxFrames + 1
		}
		if random.IntN(8) == 0 {
			s.gate = uint32(random.IntN(3))
		}
		if random.IntN(4) == 0 {
			s.period = 50 + random.Int64N(150)
		}
		for range channels {
			samples := make([]float32, s.n)
			for k := range samples {
				samples[k] = random.Float32()*2 - 1
			}
			s.in = append(s.in, samples)
		}
		all[i] = s
	}
	return all
}

// play runs a script over a fresh region and returns what each cycle left.
func play(t *testing.T, onMiss, channels int, steps []step, exchange func(*handoff.Region, *handoff.Cycle) bool) ([]seen, handoff.Counters) {
	t.Helper()
	config := handoff.Config{
		In: channels, Out: channels, MaxFrames: maxFrames, Period: 2e9, Budget: 2e9,
		OnMiss: onMiss, Records: 16, Now: func() int64 { return rt.Now() },
	}
	memory, err := arena.New(arena.Config{Size: config.Size()})
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	r, err := handoff.New(memory.Bytes(), config)
	if err != nil {
		t.Fatal(err)
	}
	p := r.Worker()
	holds := false
	var all []seen
	for _, s := range steps {
		c := handoff.Cycle{
			In: s.in, N: s.n, Flags: s.flags, Begin: rt.Now(), Number: uint32(7 * s.n),
			Period: s.period * config.Period / 100,
		}
		if s.period%8 == 7 {
			r.Reformat()
		}
		r.Gate(s.gate)
		for range channels {
			c.Out = append(c.Out, make([]float32, s.n))
		}
		done := make(chan struct{})
		answered := s.fate == inTime && !holds && s.gate == handoff.Open
		if s.fate == inTime && holds {
			p.Done() // the block of an earlier cycle, just before this one
			holds, answered = false, s.gate == handoff.Open
		}
		if answered {
			go func() { defer close(done); answer(p) }()
		} else {
			close(done)
			c.Begin -= 2 * config.Budget // the deadline is past, of each period
		}
		missed := exchange(r, &c)
		<-done
		if s.fate == tooLate || s.fate == stuck {
			if _, posted := p.Posted(0); posted && !holds {
				serve(p)
				holds = true
			}
			if s.fate == tooLate && holds {
				p.Done()
				holds = false
			}
		}
		entry := seen{missed: missed, out: c.Out}
		r.Drain(func(rec *handoff.Record) { entry.record = *rec })
		entry.record.Begin, entry.record.Entry, entry.record.End = 0, 0, 0
		all = append(all, entry)
	}
	return all, r.Counters()
}

// answer processes one block.
func answer(p *handoff.Worker) {
	for {
		if _, ok := p.Posted(rt.Now() + 1e9); ok {
			break
		}
	}
	serve(p)
	p.Done()
}

// serve fills the posted block with what depends on everything in it.
func serve(p *handoff.Worker) {
	var b handoff.Block
	p.Accept(&b)
	for c, out := range b.Out {
		for i := range out[:b.N] {
			out[i] = b.In[c][i]*0.5 + float32(b.Frame%1000) + float32(b.Flags)
		}
	}
}

// TestExchangeIsTheGoDriver: both halves leave the same samples, flags, counters
// and records, whatever the worker does.
func TestExchangeIsTheGoDriver(t *testing.T) {
	for _, c := range []struct {
		name   string
		onMiss int
	}{{"silence", handoff.Silence}, {"repeat", handoff.Repeat}, {"fade", handoff.Fade}} {
		for seed := range uint64(8) {
			steps := script(seed, 200, 2)
			want, counted := play(t, c.onMiss, 2, steps, func(r *handoff.Region, c *handoff.Cycle) bool { return r.Driver().Exchange(c) })
			got, count := play(t, c.onMiss, 2, steps, exchange)
			for i := range want {
				if !reflect.DeepEqual(want[i], got[i]) {
					t.Fatalf("%s, seed %d, cycle %d (%+v):\nGo %+v\nC  %+v", c.name, seed, i, steps[i].fate, want[i], got[i])
				}
			}
			if counted != count {
				t.Errorf("%s, seed %d: Go counted %+v, C %+v", c.name, seed, counted, count)
			}
			if count.Misses == 0 || count.Misses == count.Cycles {
				t.Errorf("%s, seed %d: %d of %d cycles missed; the script would pass for the wrong reason", c.name, seed, count.Misses, count.Cycles)
			}
		}
	}
}

// TestExchangeWithoutInput: an instrument has no input, a meter no output.
func TestExchangeWithoutInput(t *testing.T) {
	steps := script(1, 50, 0)
	want, _ := play(t, handoff.Fade, 0, steps, func(r *handoff.Region, c *handoff.Cycle) bool { return r.Driver().Exchange(c) })
	got, _ := play(t, handoff.Fade, 0, steps, exchange)
	if !reflect.DeepEqual(want, got) {
		t.Error("Go and C differ")
	}
}

// TestSubstituteIsBounded: no substitute is louder than the sound before it.
func TestSubstituteIsBounded(t *testing.T) {
	steps := script(3, 100, 1)
	got, _ := play(t, handoff.Fade, 1, steps, exchange)
	loudest := 0.0
	for i, s := range got {
		for _, v := range s.out[0] {
			if s.missed && math.Abs(float64(v)) > loudest {
				t.Fatalf("cycle %d: substitute %v, the loudest so far was %v", i, v, loudest)
			}
			loudest = max(loudest, math.Abs(float64(v)))
		}
	}
}
