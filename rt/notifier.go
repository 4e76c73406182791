package rt

import (
	"context"
	"sync/atomic"

	"github.com/memkit-go/memkit/rt/internal/machine"
)

// Notifier lets a Strict step wake an ordinary goroutine. A goroutine that a pinned
// step wakes through a channel waits in the queue of the step's own P, which next to
// busy goroutines no other P serves. A Notifier wakes a thread of the operating system
// instead, whose goroutine then waits for a P like any other. The zero Notifier is
// ready for use.
//
// What happened travels in memory that the goroutine reads after it has been woken, such
// as a queue of package ring. Several notifications may wake it once.
type Notifier struct {
	count atomic.Uint32 // of notifications, and the word of the futex
}

// notifyLook bounds one sleep of Wait, and so how late it sees its context end.
const notifyLook = 50_000_000

// Notify wakes the goroutines that wait.
//
// Cost: O(1), a raw system call of 0.2 to 2 µs. Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (n *Notifier) Notify() {
	n.count.Add(1)
	machine.Host.FutexWake(&n.count)
}

// Wait returns when Notify has been called more often than seen, the result of the
// last Wait or 0, with the number of calls, which wraps at 1<<32; or when ctx ends, with
// its cause. Ordinary goroutines may call it, and no Strict step. It keeps a thread
// asleep in the kernel.
func (n *Notifier) Wait(ctx context.Context, seen uint32) (count uint32, err error) {
	for {
		if count = n.count.Load(); count != seen {
			return count, nil
		}
		if ctx.Err() != nil {
			return seen, context.Cause(ctx)
		}
		machine.Host.FutexWait(&n.count, seen, notifyLook)
	}
}
