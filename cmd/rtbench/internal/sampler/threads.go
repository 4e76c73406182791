package sampler

import (
	"runtime"
	"sync"
)

// spareThreads is more than any benchmark and the runtime's own goroutines ever
// have inside system calls at once.
const spareThreads = 16

// StartThreads makes the runtime start the threads that it may want later and
// leaves them to it: otherwise each counts as three heap allocations in the
// middle of a measurement.
func StartThreads() {
	var locked, ended sync.WaitGroup
	gate := make(chan struct{})
	for range spareThreads {
		locked.Add(1)
		ended.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			locked.Done()
			<-gate
		})
	}
	locked.Wait()
	close(gate)
	ended.Wait()
}
