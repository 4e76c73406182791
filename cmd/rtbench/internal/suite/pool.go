package suite

import (
	"context"
	"sync"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/pool"
)

// block is what pools hand out: one cache line, the size of a voice's or a
// joint's state.
type block [64]byte

const (
	poolSlots = 1024
	poolBatch = 10_000
)

func pools() []bench.Benchmark {
	return []bench.Benchmark{
		closed(bench.Benchmark{
			Name: "pool/local", Doc: "single-owner pool: one Get and Put of 64 B, zeroed",
			Suites: []string{firstLight, memory, alloc},
			Peers:  []string{"today/make-64", "peer/syncpool"}, RatioOf: "mean",
		}, poolBatch, localPool),
		closed(bench.Benchmark{
			Name: "pool/shared", Doc: "lock-free pool: one Get and Put of 64 B, zeroed, uncontended",
			Suites: []string{firstLight, memory, alloc},
			Peers:  []string{"today/make-64", "peer/syncpool"}, RatioOf: "mean",
		}, poolBatch, sharedPool),
		closed(bench.Benchmark{
			Name: "pool/handles", Doc: "generation-checked pool: one Get and Put of 64 B, zeroed",
			Suites: []string{alloc},
			Peers:  []string{"today/make-64", "peer/syncpool"}, RatioOf: "mean",
		}, poolBatch, handlesPool),
	}
}

func localPool(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return inArena(pool.LocalSize[block](poolSlots), func(region []byte) (sampler.Samples, error) {
		blocks, err := pool.NewLocal[block](region, poolSlots)
		if err != nil {
			return sampler.Samples{}, err
		}
		var failed error
		s, err := plan.Run(ctx, sampler.Subject{
			Batch: func() {
				for range plan.Ops {
					if err := blocks.Put(blocks.Get()); err != nil {
						failed = err
					}
				}
			},
			Latency: func(dst []int64) {
				for i := range dst {
					t := rt.Now()
					err := blocks.Put(blocks.Get())
					dst[i] = rt.Now() - t
					if err != nil {
						failed = err
					}
				}
			},
		})
		return s, firstOf(err, failed)
	})
}

func sharedPool(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return inArena(pool.SharedSize[block](poolSlots), func(region []byte) (sampler.Samples, error) {
		blocks, err := pool.NewShared[block](region, poolSlots)
		if err != nil {
			return sampler.Samples{}, err
		}
		var failed error
		s, err := plan.Run(ctx, sampler.Subject{
			Batch: func() {
				for range plan.Ops {
					if err := blocks.Put(blocks.Get()); err != nil {
						failed = err
					}
				}
			},
			Latency: func(dst []int64) {
				for i := range dst {
					t := rt.Now()
					err := blocks.Put(blocks.Get())
					dst[i] = rt.Now() - t
					if err != nil {
						failed = err
					}
				}
			},
		})
		return s, firstOf(err, failed)
	})
}

func handlesPool(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	return inArena(pool.HandlesSize[block](poolSlots), func(region []byte) (sampler.Samples, error) {
		blocks, err := pool.NewHandles[block](region, poolSlots)
		if err != nil {
			return sampler.Samples{}, err
		}
		var failed error
		s, err := plan.Run(ctx, sampler.Subject{
			Batch: func() {
				for range plan.Ops {
					h, _ := blocks.Get()
					if err := blocks.Put(h); err != nil {
						failed = err
					}
				}
			},
			Latency: func(dst []int64) {
				for i := range dst {
					t := rt.Now()
					h, _ := blocks.Get()
					err := blocks.Put(h)
					dst[i] = rt.Now() - t
					if err != nil {
						failed = err
					}
				}
			},
		})
		return s, firstOf(err, failed)
	})
}

// syncPool is the standard library's pool, for comparison.
func syncPool(ctx context.Context, plan sampler.Plan) (sampler.Samples, error) {
	blocks := sync.Pool{New: func() any { return new(block) }}
	return plan.Run(ctx, sampler.Subject{
		Plain: true,
		Batch: func() {
			for range plan.Ops {
				blocks.Put(blocks.Get())
			}
		},
		Latency: func(dst []int64) {
			for i := range dst {
				t := rt.Now()
				blocks.Put(blocks.Get())
				dst[i] = rt.Now() - t
			}
		},
	})
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
