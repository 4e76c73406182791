package async

import (
	"context"
	"sync"
	"time"
)

// weighted serves requests of different sizes from one supply, in the order of
// their arrival but for overtaking. try takes n units for a waiter, or reports that
// there is too little; it is called with mu held.
type weighted struct {
	try func(w *waiter) bool

	mu     sync.Mutex
	queue  waitQueue
	timer  *time.Timer // serves again when overtaking begins
	armed  bool
	closed bool

	waits, cancelled uint64
	longest          time.Duration
}

// acquire takes n units, or waits for them. The waiter that it returns has what try
// stored; recycle must follow.
func (q *weighted) acquire(ctx context.Context, n int64) (*waiter, error) {
	if err := usable(ctx); err != nil {
		return nil, err
	}
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return nil, ErrClosed
	}
	w := q.queue.pushTimed()
	w.n = n
	if q.mayTry(w) && q.try(w) {
		q.queue.remove(w)
		q.mu.Unlock()
		return w, nil
	}
	q.waits++
	q.arm()
	q.mu.Unlock()

	err := w.park(ctx, 0)
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case w.granted && w.err != nil:
		err = w.err
		q.queue.recycle(w)
		return nil, err
	case w.granted: // also when ctx ended at the same time
		q.longest = max(q.longest, time.Since(w.since))
		return w, nil
	}
	q.cancelled++
	q.queue.remove(w)
	q.queue.recycle(w)
	q.serve() // those behind it may fit
	return nil, err
}

// mayTry reports whether a new request may be served at once.
func (q *weighted) mayTry(w *waiter) bool {
	if q.queue.first == w {
		return true
	}
	allowed, _ := overtaking(time.Since(q.queue.first.since))
	return allowed
}

// recycle is the end of a successful acquire.
func (q *weighted) recycle(w *waiter) {
	q.mu.Lock()
	q.queue.recycle(w)
	q.mu.Unlock()
}

// serve grants what there is. It is called with mu held, whenever that may have
// become more.
func (q *weighted) serve() {
	for w := q.queue.first; w != nil && q.try(w); w = q.queue.first {
		q.queue.grant(w)
	}
	first := q.queue.first
	if first == nil {
		return
	}
	if allowed, _ := overtaking(time.Since(first.since)); allowed {
		for w := first.next; w != nil; {
			next := w.next
			if q.try(w) {
				q.queue.grant(w)
			}
			w = next
		}
	}
	q.arm()
}

// arm makes serve run when overtaking begins the next time, if anyone could
// overtake.
func (q *weighted) arm() {
	if q.armed || q.queue.length < 2 {
		return
	}
	allowed, left := overtaking(time.Since(q.queue.first.since))
	if allowed {
		left += patience // the pause after this window is not shorter
	}
	q.armed = true
	if q.timer == nil {
		q.timer = time.AfterFunc(left, q.expired)
	} else {
		q.timer.Reset(left)
	}
}

func (q *weighted) expired() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.armed = false
	q.serve()
}

// close refuses all who wait and who come later.
func (q *weighted) close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	q.closed = true
	q.queue.fail(ErrClosed)
	if q.timer != nil {
		q.timer.Stop()
	}
	return nil
}
