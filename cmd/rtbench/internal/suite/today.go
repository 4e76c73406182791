package suite

import (
	"context"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/alloctrace"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
)

// allocPeers are the other ways to get memory.
func allocPeers() []bench.Benchmark {
	return []bench.Benchmark{
		closed(bench.Benchmark{
			Name: "today/make-1k", Doc: "plain Go: make([]byte, 1024), default collector",
			Suites: []string{firstLight, today, memory, alloc}, RatioOf: "p99",
		}, 200, makes(1<<10)),
		closed(bench.Benchmark{
			Name: "today/make-64k", Doc: "plain Go: make([]byte, 65536), default collector",
			Suites: []string{firstLight, today, memory}, RatioOf: "p99",
		}, 10, makes(64<<10)),
		closed(bench.Benchmark{
			Name: "today/make-256", Doc: "plain Go: make([]byte, 256), default collector",
			Suites: []string{today, alloc}, RatioOf: "mean",
		}, 1000, makes(pairSize)),
		closed(bench.Benchmark{
			Name: "today/make-64", Doc: "plain Go: make([]byte, 64), default collector",
			Suites: []string{firstLight, today, memory, alloc}, RatioOf: "mean",
		}, 1000, makes(len(block{}))),
		closed(bench.Benchmark{
			Name: "today/glibc", Doc: "the C library's malloc and free: the fixed trace, the loop inside C",
			Suites: []string{firstLight, today, memory, alloc}, Weight: 2, RatioOf: "mean",
		}, traceBatch, func(_ context.Context, plan sampler.Plan) (sampler.Samples, error) {
			return peer.MallocTrace(peer.Libc, alloctrace.Fixed(traceOps), plan)
		}),
		closed(bench.Benchmark{
			Name: "today/glibc-pair256", Doc: "the C library's malloc and free of 256 B, the loop inside C",
			Suites: []string{firstLight, today, memory, alloc, appendixC}, RatioOf: "mean",
		}, traceBatch, func(_ context.Context, plan sampler.Plan) (sampler.Samples, error) {
			return peer.MallocPair(peer.Libc, pairSize, plan)
		}),
		closed(bench.Benchmark{
			Name: "peer/modernc-trace", Doc: "modernc.org/memory: one malloc or free of the fixed trace",
			Suites: []string{alloc}, RatioOf: "mean",
		}, traceBatch, func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
			return peer.ModerncTrace(ctx, alloctrace.Fixed(traceOps), plan)
		}),
		closed(bench.Benchmark{
			Name: "peer/modernc-pair256", Doc: "modernc.org/memory: one malloc and free of 256 B",
			Suites: []string{alloc}, RatioOf: "mean",
		}, traceBatch, func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
			return peer.ModerncPair(ctx, pairSize, plan)
		}),
		mallocTrace("peer/mimalloc-trace", "mimalloc", peer.Mimalloc),
		mallocPair("peer/mimalloc-pair256", "mimalloc", peer.Mimalloc),
		mallocTrace("peer/jemalloc-trace", "jemalloc", peer.Jemalloc),
		mallocPair("peer/jemalloc-pair256", "jemalloc", peer.Jemalloc),
		mallocTrace("c/goodfit-trace", "good-fit in C, without checks", peer.GoodFitInC),
		mallocPair("c/goodfit-pair256", "good-fit in C, without checks", peer.GoodFitInC),
		mallocTrace("c/halffit-trace", "half-fit in C, without checks", peer.HalfFitInC),
		mallocPair("c/halffit-pair256", "half-fit in C, without checks", peer.HalfFitInC),
		closed(bench.Benchmark{
			Name: "peer/syncpool", Doc: "sync.Pool: one Get and Put of 64 B",
			Suites: []string{memory, alloc}, RatioOf: "mean",
		}, 1000, syncPool),
	}
}

func mallocTrace(name, doc string, m peer.Malloc) bench.Benchmark {
	return closed(bench.Benchmark{
		Name: name, Doc: doc + ": the fixed trace, the loop inside C",
		Suites: []string{alloc}, RatioOf: "mean",
	}, traceBatch, func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
		if err := ctx.Err(); err != nil { // a loop inside C cannot be interrupted
			return sampler.Samples{}, err
		}
		return peer.MallocTrace(m, alloctrace.Fixed(traceOps), plan)
	})
}

func mallocPair(name, doc string, m peer.Malloc) bench.Benchmark {
	return closed(bench.Benchmark{
		Name: name, Doc: doc + ": malloc and free of 256 B, the loop inside C",
		Suites: []string{alloc}, RatioOf: "mean",
	}, traceBatch, func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
		if err := ctx.Err(); err != nil { // a loop inside C cannot be interrupted
			return sampler.Samples{}, err
		}
		return peer.MallocPair(m, pairSize, plan)
	})
}

// made keeps what makes allocates alive until the next one, so that the
// compiler cannot place it on the stack.
//
//lint:ignore U1000 written only: that is its purpose
var made []byte

func makes(size int) func(context.Context, sampler.Plan) (sampler.Samples, error) {
	return func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
		return plan.Run(ctx, sampler.Subject{
			Plain: true,
			Batch: func() {
				for range plan.Ops {
					made = make([]byte, size)
				}
			},
			Latency: func(dst []int64) {
				for i := range dst {
					t := rt.Now()
					made = make([]byte, size)
					dst[i] = rt.Now() - t
				}
			},
		})
	}
}
