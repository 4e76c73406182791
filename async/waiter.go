package async

import (
	"context"
	"time"
)

// Window is how long a waiter of a [Pool] or of [Frames] can be overtaken; see Fairness
// in the package documentation. A longer window changes the goroutine that uses an item
// less often, and lengthens the tail of waiting times by as much.
const Window = 120 * time.Microsecond

// waiter is a goroutine that waits in a queue. Its fields are protected by the
// lock of the queue's owner, except ready.
type waiter struct {
	links[waiter]
	ready   wakeup
	since   time.Time // when it began to wait, in a queue that waiters can be overtaken in
	woken   bool      // signalled to look again, and has not looked yet
	looked  bool      // for what it waits for, when it was in the queue
	queued  bool
	granted bool // removed from the queue with what it waited for
	err     error

	n     int64 // units that are asked for
	slot  *slot // that was granted, or offered
	gen   uint64
	timer *time.Timer
}

// wakeup is a channel of capacity 1, on which a goroutine waits.
type wakeup chan struct{}

// signal wakes the goroutine, now or when it parks. A nil wakeup wakes none.
func (ready wakeup) signal() {
	select {
	case ready <- struct{}{}:
	default:
	}
}

// park waits for a signal, the end of ctx, or for d if d > 0.
func (w *waiter) park(ctx context.Context, d time.Duration) error {
	done := ctx.Done()
	if d <= 0 {
		if done == nil {
			<-w.ready
			return nil
		}
		select {
		case <-w.ready:
			return nil
		case <-done:
			return cause(ctx)
		}
	}
	if w.timer == nil {
		w.timer = time.NewTimer(d)
	} else {
		w.timer.Reset(d)
	}
	defer w.timer.Stop()
	select {
	case <-w.ready:
		return nil
	case <-done:
		return cause(ctx)
	case <-w.timer.C:
		return ErrTimeout
	}
}

// waitQueue is a list of waiters in the order of their arrival, and a list of
// waiters to use again, so that waiting allocates nothing once as many goroutines
// have waited. The owner's lock protects it.
type waitQueue struct {
	list[waiter, *waiter]
	spare  *waiter
	length int
}

// pushTimed appends a waiter that knows since when it waits.
func (q *waitQueue) pushTimed() *waiter {
	w := q.push()
	w.since = time.Now()
	return w
}

// push appends a waiter.
func (q *waitQueue) push() *waiter {
	w := q.spare
	if w == nil {
		w = &waiter{ready: make(wakeup, 1)}
	} else {
		q.spare = w.next
	}
	w.queued = true
	q.list.push(w)
	q.length++
	return w
}

// remove takes a waiter out of the list.
func (q *waitQueue) remove(w *waiter) {
	q.list.remove(w)
	w.queued = false
	q.length--
}

// grant removes a waiter whose request is fulfilled, and wakes it.
func (q *waitQueue) grant(w *waiter) {
	q.remove(w)
	w.granted = true
	w.ready.signal()
}

// recycle keeps a waiter that is not queued for the next push. Only its own
// goroutine calls it, when it has stopped waiting.
func (q *waitQueue) recycle(w *waiter) {
	select {
	case <-w.ready:
	default:
	}
	*w = waiter{ready: w.ready, timer: w.timer}
	w.next, q.spare = q.spare, w
}

// fail wakes all waiters with an error.
func (q *waitQueue) fail(err error) {
	for w := q.first; w != nil; w = q.first {
		w.err = err
		q.grant(w)
	}
}
