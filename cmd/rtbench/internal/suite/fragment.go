package suite

import (
	"context"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/alloctrace"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/rt/tlsf"
)

const (
	// patternSeed never changes, so the figures are exact and compare across
	// versions.
	patternSeed = 1
	patternOps  = 200_000
	// arenaStep is how closely the smallest arena is determined: 0.3% of the
	// smallest trace's peak.
	arenaStep = 4 << 10
	// arenaMost, in multiples of the live bytes at the peak, bounds the search. No
	// tighter bound is known for half-fit, whose blocks are up to twice the
	// request.
	arenaMost = 8
)

// patterns are made when they are measured, because that takes a while.
var patterns = []struct {
	name, doc string
	make      func() *alloctrace.Trace
}{
	{"log-uniform", "16 B to 64 KiB, log-uniform", func() *alloctrace.Trace { return alloctrace.LogUniform(patternSeed, patternOps) }},
	{"audio-blocks", "a mixer's blocks and delay lines", func() *alloctrace.Trace { return alloctrace.AudioBlocks(patternSeed, patternOps) }},
	{"messages", "a broker's messages", func() *alloctrace.Trace { return alloctrace.Messages(patternSeed, patternOps) }},
	{"growing", "buffers that double", func() *alloctrace.Trace { return alloctrace.Growing(patternSeed, patternOps) }},
	{"saw-tooth", "filling up and freeing four fifths, again and again", func() *alloctrace.Trace { return alloctrace.SawTooth(patternSeed, patternOps) }},
	{"recorded", "the allocations of gofmt on net/http", alloctrace.Recorded},
}

// fragments replay a trace in the smallest arena that holds it. The fact
// arena_over_live is that arena, bookkeeping included, over the bytes live at
// the peak; arena_over_live_halffit the same for the half-fit policy.
func fragments() []bench.Benchmark {
	var all []bench.Benchmark
	for _, p := range patterns {
		name := "fragmentation/" + p.name
		all = append(all, bench.Benchmark{
			Name: name, Doc: "good-fit heap in the smallest arena that holds the trace: " + p.doc,
			Suites: []string{fragmentation}, RatioOf: "mean",
			Measure: func(ctx context.Context, params bench.Params) ([]record.Series, error) {
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				s, err := fragment(ctx, p.make(), params.Duration)
				if err != nil {
					return nil, err
				}
				s.Name = name
				return []record.Series{s}, nil
			},
		})
	}
	return all
}

func fragment(ctx context.Context, t *alloctrace.Trace, d time.Duration) (record.Series, error) {
	return inArena(arenaMost*int(t.PeakLive), func(region []byte) (record.Series, error) {
		half, err := smallestArena(ctx, region, t, tlsf.HalfFit)
		if err != nil {
			return record.Series{}, err
		}
		good, err := smallestArena(ctx, region, t, tlsf.GoodFit)
		if err != nil {
			return record.Series{}, err
		}
		s := record.Series{Kind: record.Batch, Unit: "ns", Ops: len(t.Ops)}
		defer sampler.Pin(0)()
		for end := rt.Now() + int64(d); len(s.Samples) == 0 || rt.Now() < end; {
			if ctx.Err() != nil {
				return record.Series{}, ctx.Err()
			}
			begin := rt.Now()
			if _, err := fits(region[:good], t, tlsf.GoodFit); err != nil {
				return record.Series{}, err
			}
			s.Samples = append(s.Samples, rt.Now()-begin)
		}
		s.Counters = map[string]float64{"ops": float64(len(t.Ops) * len(s.Samples))}
		s.Facts = map[string]float64{
			"peak_live":               float64(t.PeakLive),
			"arena_over_live":         float64(good) / float64(t.PeakLive),
			"arena_over_live_halffit": float64(half) / float64(t.PeakLive),
			"trace_digest":            float64(t.Digest()),
		}
		return s, nil
	})
}

// smallestArena finds, by bisection and to a page, how much of region a heap of
// the policy needs to serve t.
func smallestArena(ctx context.Context, region []byte, t *alloctrace.Trace, policy tlsf.Policy) (int, error) {
	if ok, err := fits(region, t, policy); err != nil || !ok {
		return 0, fmt.Errorf("%s, %v: more than %d times its live bytes needed: %w", t.Name, policy, arenaMost, firstOf(err, errExhausted))
	}
	tooSmall, enough := int(t.PeakLive)/arenaStep, len(region)/arenaStep
	for enough-tooSmall > 1 && ctx.Err() == nil {
		middle := (tooSmall + enough) / 2
		ok, err := fits(region[:middle*arenaStep], t, policy)
		if err != nil {
			return 0, err
		}
		if ok {
			enough = middle
		} else {
			tooSmall = middle
		}
	}
	return enough * arenaStep, ctx.Err()
}

// fits reports whether a heap over region serves all of t.
func fits(region []byte, t *alloctrace.Trace, policy tlsf.Policy) (bool, error) {
	heap, err := tlsf.New(region, tlsf.Config{Policy: policy})
	if err != nil {
		return false, err
	}
	return newHeapReplay(heap, t).fits()
}
