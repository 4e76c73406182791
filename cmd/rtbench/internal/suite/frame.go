package suite

import (
	"context"
	"fmt"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/pool"
)

const (
	// frameBlocks is how many blocks a frame holds before it is reset; the
	// reset's cost is part of theirs.
	frameBlocks = 64
	// resetBlocks is how many allocations one measured Reset takes back.
	resetBlocks = 10_000
)

func frames() []bench.Benchmark {
	return []bench.Benchmark{
		closed(bench.Benchmark{
			Name: "bump/1k", Doc: "frame: one 1 KiB block, not cleared, 64 a reset",
			Suites: []string{firstLight, memory},
			Peers:  []string{"today/make-1k"}, RatioOf: "p99",
		}, 64*frameBlocks, bump(1<<10)),
		closed(bench.Benchmark{
			Name: "bump/1k-zeroed", Doc: "frame: one 1 KiB block, cleared as make does",
			Suites: []string{memory},
			Peers:  []string{"today/make-1k"}, RatioOf: "p99",
		}, 16*frameBlocks, bumpZeroed(1<<10)),
		closed(bench.Benchmark{
			Name: "bump/64k", Doc: "frame: one 64 KiB block, not cleared, 64 a reset",
			Suites: []string{firstLight, memory},
			Peers:  []string{"today/make-64k"}, RatioOf: "p99",
		}, 64*frameBlocks, bump(64<<10)),
		closed(bench.Benchmark{
			Name: "bump/64k-zeroed", Doc: "frame: one 64 KiB block, cleared as make does",
			Suites: []string{memory},
			Peers:  []string{"today/make-64k"}, RatioOf: "p99",
		}, frameBlocks, bumpZeroed(64<<10)),
		closed(bench.Benchmark{
			Name: "bump/reset-10k", Doc: "frame: the Reset that takes back 10,000 allocations",
			Suites: []string{firstLight, memory}, RatioOf: "p99",
		}, 1, bumpReset),
	}
}

// bump measures AllocUninit of size bytes. The frame is reset when it is full,
// between two operations that are timed alone, but inside a batch.
func bump(size uintptr) func(context.Context, sampler.Plan) (sampler.Samples, error) {
	return inFrame(frameBlocks*int(size), func(ctx context.Context, f *pool.Frame, plan sampler.Plan) (sampler.Samples, error) {
		return plan.Run(ctx, sampler.Subject{
			Batch: func() {
				for range plan.Ops / frameBlocks {
					f.Reset()
					for range frameBlocks {
						f.AllocUninit(size, 64)
					}
				}
			},
			Latency: func(dst []int64) {
				for i := range dst {
					if i%frameBlocks == 0 {
						f.Reset()
					}
					t := rt.Now()
					f.AllocUninit(size, 64)
					dst[i] = rt.Now() - t
				}
			},
		})
	})
}

// bumpZeroed is bump with Alloc.
func bumpZeroed(size uintptr) func(context.Context, sampler.Plan) (sampler.Samples, error) {
	return inFrame(frameBlocks*int(size), func(ctx context.Context, f *pool.Frame, plan sampler.Plan) (sampler.Samples, error) {
		return plan.Run(ctx, sampler.Subject{
			Batch: func() {
				for range plan.Ops / frameBlocks {
					f.Reset()
					for range frameBlocks {
						f.Alloc(size, 64)
					}
				}
			},
			Latency: func(dst []int64) {
				for i := range dst {
					if i%frameBlocks == 0 {
						f.Reset()
					}
					t := rt.Now()
					f.Alloc(size, 64)
					dst[i] = rt.Now() - t
				}
			},
		})
	})
}

// bumpReset times Resets alone: a batch of them would reset empty frames.
func bumpReset(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return inFrame(resetBlocks*64, func(ctx context.Context, f *pool.Frame, plan sampler.Plan) (sampler.Samples, error) {
		return plan.Run(ctx, sampler.Subject{Latency: func(dst []int64) {
			for i := range dst {
				for range resetBlocks {
					f.AllocUninit(64, 64)
				}
				t := rt.Now()
				f.Reset()
				dst[i] = rt.Now() - t
			}
		}})
	})(ctx, plan)
}

func inFrame(size int, measure func(context.Context, *pool.Frame, sampler.Plan) (sampler.Samples, error)) func(context.Context, sampler.Plan) (sampler.Samples, error) {
	return func(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
		return inArena(size, func(region []byte) (sampler.Samples, error) {
			f, err := pool.NewFrame(region)
			if err != nil {
				return sampler.Samples{}, err
			}
			s, err := measure(ctx, f, plan)
			if n := f.Exhausted(); err == nil && n > 0 {
				err = fmt.Errorf("%d allocations refused: %w", n, errExhausted)
			}
			return s, err
		})
	}
}
