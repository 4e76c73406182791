package peer

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
)

// SemaphorePool takes one of size places of x/sync's weighted semaphore and a value
// from a sync.Pool, and gives both back: how a program bounds pooled values today.
func SemaphorePool[T any](ctx context.Context, size int64, plan sampler.Plan) (sampler.Samples, error) {
	places := semaphore.NewWeighted(size)
	values := sync.Pool{New: func() any { return new(T) }}
	var failed error
	pair := func() {
		if err := places.Acquire(ctx, 1); err != nil {
			failed = err
			return
		}
		v := values.Get()
		values.Put(v)
		places.Release(1)
	}
	s, err := plan.Run(ctx, sampler.Subject{
		Batch: func() {
			for range plan.Ops {
				pair()
			}
		},
		Latency: func(dst []int64) {
			for i := range dst {
				t := rt.Now()
				pair()
				dst[i] = rt.Now() - t
			}
		},
	})
	if err == nil {
		err = failed
	}
	return s, err
}
