package ring

import (
	"sync/atomic"
	"time"
)

// wakeup lets ordinary goroutines sleep until a peer has something for them.
type wakeup struct {
	sleepers uint32 // goroutines in sleep, of all processes
	signal   uint32 // how often wake was called, modulo 2³²
}

// wake ends every sleep whose ready became true by an earlier store.
//
// Cost: O(1), and a system call when a peer sleeps. Allocates: no. Blocks: no. Caller: any.
//
// The addition is a full barrier: a sleeper that it does not see looks at ready
// after it.
//
//rt:nonblocking
//rt:nonallocating
func (w *wakeup) wake() {
	atomic.AddUint32(&w.signal, 1)
	if atomic.LoadUint32(&w.sleepers) != 0 {
		futexWake(&w.signal)
	}
}

// sleep returns when ready does so, with true, or after the time, with what ready
// says then.
func (w *wakeup) sleep(timeout time.Duration, ready func() bool) bool {
	end := time.Now().Add(timeout)
	for {
		atomic.AddUint32(&w.sleepers, 1)
		signal := atomic.LoadUint32(&w.signal)
		left := time.Until(end)
		if !ready() && left > 0 {
			futexWait(&w.signal, signal, left)
		}
		atomic.AddUint32(&w.sleepers, ^uint32(0))
		if ready() || left <= 0 {
			return ready()
		}
	}
}
