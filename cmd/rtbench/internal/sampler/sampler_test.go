package sampler

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/rt/record"
)

func TestPlanFitsTheDurationAndARunFile(t *testing.T) {
	for _, d := range []time.Duration{0, time.Microsecond, time.Millisecond, 15 * time.Millisecond, 200 * time.Millisecond, time.Second, time.Minute, 24 * time.Hour} {
		p := NewPlan(d, 7)
		if p.Rounds < 1 || p.Latencies < 1 || p.Batches < 1 || p.Ops != 7 {
			t.Errorf("%v: a plan that measures nothing: %+v", d, p)
		}
		if total := time.Duration(p.Rounds) * p.Round; d >= time.Millisecond && (total > d || total < d/2) {
			t.Errorf("%v: %d rounds of %v", d, p.Rounds, p.Round)
		}
		// Beyond 2^18 rounds, 44 minutes, one sample a round remains.
		if most := max(samplesMax, p.Rounds); p.Rounds*p.Latencies > most || p.Rounds*p.Batches > most {
			t.Errorf("%v: %d latencies and %d batches, want at most %d", d, p.Rounds*p.Latencies, p.Rounds*p.Batches, most)
		}
	}
}

// TestShortPlanDecidesTheTail: a third of a second a process suffices for p99.99.
func TestShortPlanDecidesTheTail(t *testing.T) {
	if p := NewPlan(300*time.Millisecond, 1); p.Rounds*p.Latencies < 29_956 {
		t.Errorf("%d latencies in 0.3 s, p99.99 at 95%% needs 29,956", p.Rounds*p.Latencies)
	}
}

func TestRunRecordsWhatTheSubjectDid(t *testing.T) {
	const ops = 10
	p := Plan{Rounds: 3, Round: time.Millisecond, Latencies: 120, Batches: 4, Ops: ops}
	var batches, latencies int
	s, err := p.Run(t.Context(), Subject{
		Batch: func() { batches++ },
		Latency: func(dst []int64) {
			for i := range dst {
				latencies++
				dst[i] = int64(latencies)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Latency) != latencies || latencies == 0 {
		t.Errorf("%d latency samples of %d operations", len(s.Latency), latencies)
	}
	if !slices.IsSorted(s.Latency) {
		t.Error("latencies are not in measuring order")
	}
	if warm := 1 + p.Rounds; len(s.Batch) != batches-warm {
		t.Errorf("%d batch samples of %d batches, %d of them to warm up", len(s.Batch), batches, warm)
	}
	if want := float64(len(s.Latency) + ops*len(s.Batch)); s.Counters["ops"] != want {
		t.Errorf("counter ops %g, want %g", s.Counters["ops"], want)
	}
	if s.Counters["allocs"] != 0 {
		t.Errorf("measuring nothing allocates %g times", s.Counters["allocs"])
	}
}

var sink []byte

func TestRunCountsAllocations(t *testing.T) {
	p := Plan{Rounds: 2, Round: time.Millisecond, Latencies: 1, Batches: 3, Ops: 1}
	batches := 0
	s, err := p.Run(t.Context(), Subject{Batch: func() { sink = make([]byte, 1000); batches++ }})
	if err != nil {
		t.Fatal(err)
	}
	if before := 1; s.Counters["allocs"] != float64(batches-before) {
		t.Errorf("%g allocations counted in %d batches", s.Counters["allocs"], batches)
	}
	if s.Latency = s.Latency[:0:0]; len(s.Series("x/y", 1)) != 1 {
		t.Error("a series without samples")
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := NewPlan(time.Hour, 1).Run(ctx, Subject{Batch: cancel})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestMinOfReplaysTakesTheLeast(t *testing.T) {
	replay := -1 // the first one is to warm up
	s, err := MinOfReplays(t.Context(), 3, func(dst []int64) {
		for i := range dst {
			dst[i] = int64(100 + 10*i + (replay+i)%Replays)
		}
		if replay < 0 {
			clear(dst)
		}
		replay++
	})
	if err != nil {
		t.Fatal(err)
	}
	if replay != Replays {
		t.Errorf("%d replays, want %d", replay, Replays)
	}
	if want := []int64{100, 110, 120}; !slices.Equal(s.Latency, want) {
		t.Errorf("least times %v, want %v", s.Latency, want)
	}
}

func TestSeries(t *testing.T) {
	s := Samples{Latency: []int64{3}, Batch: []int64{100, 200}, Counters: map[string]float64{"ops": 21}, Facts: map[string]float64{"timer_ns": 30}}
	got := s.Series("pool/local", 10)
	if len(got) != 2 || got[0].Kind != record.Latency || got[0].Ops != 1 || got[1].Kind != record.Batch || got[1].Ops != 10 {
		t.Fatalf("series %+v", got)
	}
	for _, g := range got {
		if g.Name != "pool/local" || g.Unit != "ns" || g.Counters["ops"] != 21 || g.Facts["timer_ns"] != 30 {
			t.Errorf("series %+v", g)
		}
	}
}

func TestRunPartner(t *testing.T) {
	var turns atomic.Int64
	end, err := RunPartner(func(stop *atomic.Bool) {
		for !stop.Load() {
			turns.Add(1)
		}
	})
	if errors.Is(err, bench.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for turns.Load() == 0 {
	}
	end()
	if n := turns.Load(); turns.Load() != n {
		t.Error("the partner runs on after its end")
	}
}

func TestPinIsUndone(t *testing.T) {
	before := CPUs()
	Pin(0)()
	if after := CPUs(); !slices.Equal(before, after) {
		t.Errorf("CPUs %v before and %v after", before, after)
	}
}
