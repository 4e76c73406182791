package ring

import "time"

// Wake wakes the goroutines that sleep in a Wait of this ring, after this side has
// pushed, written, published, or taken something. A real-time thread may call it
// once a tick.
//
// Cost: O(1), and a system call when a goroutine sleeps. Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (e *Endpoint) Wake() { e.wakeup.wake() }

// Wait sleeps until there is a message, the other side has closed or was abandoned,
// or the time is over, and reports whether there is a message. It is for ordinary
// goroutines: the thread sleeps in the kernel, and the other side must call
// [Endpoint.Wake] after it has pushed. A process that dies wakes no one, so use a
// time of a second or less, and then [Endpoint.CheckPeer].
func (c *Consumer[T]) Wait(timeout time.Duration) bool {
	c.wakeup.sleep(timeout, func() bool { return c.Peek() != nil || c.Err() != nil })
	return c.Peek() != nil
}

// Wait sleeps until n elements can be peeked, as [Consumer.Wait] does, and reports
// whether they can.
func (r *StreamReader[T]) Wait(n int, timeout time.Duration) bool {
	ready := func() bool {
		first, second := r.Peek(n)
		return len(first)+len(second) >= n
	}
	r.wakeup.sleep(timeout, func() bool { return ready() || r.Err() != nil })
	return ready()
}

// Wait sleeps until there is a value that Load has not returned, as [Consumer.Wait]
// does, and reports whether there is one.
func (r *LatestReader[T]) Wait(timeout time.Duration) bool {
	r.wakeup.sleep(timeout, func() bool { return r.fresh() || r.Err() != nil })
	return r.fresh()
}

// Wait sleeps until there is a message, as [Consumer.Wait] does, and reports whether
// there is one. Unlike Pop it writes to the region.
func (r *BroadcastReader[T]) Wait(timeout time.Duration) bool {
	r.wakeup.sleep(timeout, func() bool { return r.ready() || r.Err() != nil })
	return r.ready()
}
