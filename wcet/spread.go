package wcet

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// spread calls do for 0 … n−1 on all CPUs, in no particular order, until ctx ends.
// It returns when every call has.
func spread(ctx context.Context, n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}

// tally returns a function that counts its calls, from any goroutine, and tells
// progress, where there is one, of each.
func tally(progress func(done, all int), all int) func() {
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		if progress != nil {
			progress(done, all)
		}
	}
}
