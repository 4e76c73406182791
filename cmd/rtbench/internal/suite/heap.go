package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/alloctrace"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt/tlsf"
)

const (
	// heapSize is the arena behind every heap benchmark, eight times what the
	// fixed trace has live.
	heapSize = 64 << 20
	// traceOps is the fixed trace's length: long compared with what branch predictors
	// learn, short enough (8 MiB) to be made in 50 ms.
	traceOps = 1 << 20
	// traceBatch is 30 µs at 30 ns.
	traceBatch = 1000
	pairSize   = 256
)

func heaps() []bench.Benchmark {
	return []bench.Benchmark{
		closed(bench.Benchmark{
			Name: "goodfit/trace", Doc: "good-fit heap: one malloc or free of the fixed trace, 16 B to 64 KiB, ~1000 live",
			Suites: []string{firstLight, memory, alloc}, Weight: 2,
			Peers: []string{"today/glibc", "c/goodfit-trace", "peer/mimalloc-trace", "peer/jemalloc-trace", "peer/modernc-trace"}, RatioOf: "mean",
		}, traceBatch, heapTrace(tlsf.GoodFit)),
		closed(bench.Benchmark{
			Name: "goodfit/pair256", Doc: "good-fit heap: one malloc and free of 256 B",
			Suites: []string{firstLight, memory, alloc},
			Peers:  []string{"today/glibc-pair256", "c/goodfit-pair256", "today/make-256", "peer/mimalloc-pair256", "peer/jemalloc-pair256", "peer/modernc-pair256"}, RatioOf: "mean",
		}, traceBatch, heapPair(tlsf.GoodFit)),
		minimal(bench.Benchmark{
			Name: "goodfit/trace-min7", Doc: "good-fit heap: each operation's best of 7 replays: its own tail, without the machine's",
			Suites: []string{firstLight, memory, alloc}, RatioOf: "p99",
		}, heapTraceMin7(tlsf.GoodFit)),
		minimal(bench.Benchmark{
			Name: "goodfit/pair256-min7", Doc: "good-fit heap: each 256 B pair's best of 7 replays",
			Suites: []string{firstLight, memory, alloc}, RatioOf: "p99",
		}, heapPairMin7(tlsf.GoodFit)),
		closed(bench.Benchmark{
			Name: "halffit/trace", Doc: "half-fit heap: one malloc or free of the fixed trace",
			Suites: []string{alloc},
			Peers:  []string{"today/glibc", "c/halffit-trace", "peer/mimalloc-trace", "peer/jemalloc-trace", "peer/modernc-trace"}, RatioOf: "mean",
		}, traceBatch, heapTrace(tlsf.HalfFit)),
		closed(bench.Benchmark{
			Name: "halffit/pair256", Doc: "half-fit heap: one malloc and free of 256 B",
			Suites: []string{alloc},
			Peers:  []string{"today/glibc-pair256", "c/halffit-pair256", "today/make-256", "peer/mimalloc-pair256", "peer/jemalloc-pair256", "peer/modernc-pair256"}, RatioOf: "mean",
		}, traceBatch, heapPair(tlsf.HalfFit)),
		minimal(bench.Benchmark{
			Name: "halffit/trace-min7", Doc: "half-fit heap: each operation's best of 7 replays",
			Suites: []string{alloc}, RatioOf: "p99",
		}, heapTraceMin7(tlsf.HalfFit)),
	}
}

func heapTrace(policy tlsf.Policy) func(context.Context, sampler.Plan) (sampler.Samples, error) {
	return func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
		t := alloctrace.Fixed(traceOps)
		return overHeap(policy, t, func(r *heapReplay) (sampler.Samples, error) {
			s, err := plan.Run(ctx, sampler.Subject{
				Batch:   func() { r.batch(plan.Ops) },
				Latency: r.latency,
			})
			if err == nil {
				s.Facts["trace_digest"] = float64(t.Digest())
			}
			return s, err
		})
	}
}

func heapPair(policy tlsf.Policy) func(context.Context, sampler.Plan) (sampler.Samples, error) {
	return func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
		return overHeap(policy, new(alloctrace.Trace), func(r *heapReplay) (sampler.Samples, error) {
			return plan.Run(ctx, sampler.Subject{
				Batch:   func() { r.pairs(plan.Ops) },
				Latency: r.pairLatency,
			})
		})
	}
}

// heapTraceMin7 replays a log-uniform trace of the process's own seed: the fixed
// one would make the processes' samples copies of each other. The operations
// that fill the heap are not timed.
func heapTraceMin7(policy tlsf.Policy) func(context.Context, bench.Params) (sampler.Samples, error) {
	return func(ctx context.Context, p bench.Params) (sampler.Samples, error) {
		const filling = 4000
		t := alloctrace.LogUniform(p.Seed, filling+sampler.ReplayLength(p.Duration))
		n := len(t.Ops) - filling
		s, err := heapMin7(ctx, policy, t, n, func(r *heapReplay, dst []int64) {
			r.cursor = alloctrace.NewCursor(t)
			r.batch(filling)
			r.latency(dst)
		})
		if err == nil {
			countAllocations(s, t.Ops[filling:])
		}
		return s, err
	}
}

func heapPairMin7(policy tlsf.Policy) func(context.Context, bench.Params) (sampler.Samples, error) {
	return func(ctx context.Context, p bench.Params) (sampler.Samples, error) {
		n := sampler.ReplayLength(p.Duration)
		return heapMin7(ctx, policy, new(alloctrace.Trace), n, (*heapReplay).pairLatency)
	}
}

func heapMin7(ctx context.Context, policy tlsf.Policy, t *alloctrace.Trace, n int, once func(*heapReplay, []int64)) (sampler.Samples, error) {
	return overHeap(policy, t, func(r *heapReplay) (sampler.Samples, error) {
		return sampler.MinOfReplays(ctx, n, func(dst []int64) {
			r.heap.Reset()
			once(r, dst)
		})
	})
}

// overHeap measures a replay of t over a fresh heap, and then asks the replay
// what went wrong: figures of failed operations are worth nothing.
func overHeap(policy tlsf.Policy, t *alloctrace.Trace, measure func(*heapReplay) (sampler.Samples, error)) (sampler.Samples, error) {
	return inArena(heapSize, func(region []byte) (sampler.Samples, error) {
		heap, err := tlsf.New(region, tlsf.Config{Policy: policy})
		if err != nil {
			return sampler.Samples{}, err
		}
		r := newHeapReplay(heap, t)
		s, err := measure(r)
		if err != nil {
			return s, err
		}
		return s, r.fault()
	})
}

// countAllocations adds the quantiles of the allocating operations alone, which
// a series of both kinds hides.
func countAllocations(s sampler.Samples, ops []alloctrace.Op) {
	var d []int64
	for i, op := range ops {
		if op.Size != 0 {
			d = append(d, s.Latency[i])
		}
	}
	slices.Sort(d)
	at := func(p float64) float64 { return float64(d[int(p*float64(len(d)-1))]) }
	s.Facts["alloc_p50_ns"] = at(0.5)
	s.Facts["alloc_p99_ns"] = at(0.99)
	s.Facts["alloc_p9999_ns"] = at(0.9999)
}

var errExhausted = errors.New("the arena ran out, so the figures are of failures")

// fault says what went wrong while replaying: nothing, or a broken allocator.
func (r *heapReplay) fault() error {
	if r.err != nil {
		return fmt.Errorf("heap: %w", r.err)
	}
	if n := r.heap.Stats().Failures; n > 0 {
		return fmt.Errorf("%d allocations refused: %w", n, errExhausted)
	}
	return nil
}
