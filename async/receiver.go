package async

import (
	"context"
	"sync/atomic"
)

// Receiver gets the values of a [Broadcast]. It belongs to one goroutine at a time.
type Receiver[T any] struct {
	b      *Broadcast[T]
	next   atomic.Uint64 // position: values before it were received or missed
	missed atomic.Uint64
	gone   atomic.Bool // by Close, or because it was too slow
	slow   atomic.Bool // the latter
	_      [40]byte
}

// Poll returns the next value, or false when there is none yet. It fails with
// [ErrClosed] when the broadcast or the receiver is closed, and with
// [ErrDisconnected].
func (r *Receiver[T]) Poll() (v T, ok bool, err error) {
	b := r.b
	at := r.next.Load()
	for at != b.head.Load() {
		if r.gone.Load() {
			return v, false, r.why()
		}
		c := &b.ring[at&b.mask]
		state := c.state.Load()
		if state/cellNumber != at+1 || state&cellWriting != 0 {
			if at, err = r.skip(at); err != nil {
				return v, false, err
			}
			continue
		}
		if !c.state.CompareAndSwap(state, state+1) {
			continue // another receiver came or went
		}
		v = c.value
		c.state.Add(^uint64(0))
		r.next.Store(at + 1)
		if b.stalled.Load() != 0 {
			b.moved()
		}
		return v, true, nil
	}
	if r.gone.Load() || b.closed.Load() && at == b.head.Load() {
		return v, false, r.why()
	}
	return v, false, nil
}

// why says why there is nothing more.
func (r *Receiver[T]) why() error {
	if r.slow.Load() {
		return ErrDisconnected
	}
	return ErrClosed
}

// skip moves past values that were overwritten, and counts them.
func (r *Receiver[T]) skip(at uint64) (uint64, error) {
	head, size := r.b.head.Load(), uint64(len(r.b.ring))
	oldest := at
	if head >= size {
		oldest = max(at, head-size+1) // the very oldest may be about to be overwritten
	}
	if oldest == at {
		return at, nil // the publisher is writing: head will move
	}
	r.missed.Add(oldest - at)
	r.next.Store(oldest)
	return oldest, nil
}

// Receive returns the next value, and waits while there is none. It fails as Poll
// does, and with the context's cause.
func (r *Receiver[T]) Receive(ctx context.Context) (T, error) {
	for {
		if err := usable(ctx); err != nil {
			var zero T
			return zero, err
		}
		v, ok, err := r.Poll()
		if ok || err != nil {
			return v, err
		}
		if err := r.sleep(ctx); err != nil {
			return v, err
		}
	}
}

// sleep waits for a change. It looks again with the lock that Publish holds from
// before it publishes until it has woken the sleepers, so no value is missed.
func (r *Receiver[T]) sleep(ctx context.Context) error {
	b := r.b
	b.mu.Lock()
	if b.head.Load() != r.next.Load() || b.closed.Load() || r.gone.Load() {
		b.mu.Unlock()
		return nil
	}
	w := b.sleepers.push()
	b.mu.Unlock()
	err := w.park(ctx, 0)
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.granted {
		err = nil // there is a value, also if ctx ended
	} else {
		b.sleepers.remove(w)
	}
	b.sleepers.recycle(w)
	return err
}

// Stream ranges over the received values, until the broadcast or the receiver is
// closed. Other errors are yielded.
func (r *Receiver[T]) Stream(ctx context.Context) Stream[T] {
	return func(yield func(T, error) bool) {
		for {
			v, err := r.Receive(ctx)
			if err == ErrClosed || !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Missed returns how many values the receiver was too slow for.
func (r *Receiver[T]) Missed() uint64 { return r.missed.Load() }

// Close ends the subscription. Another goroutine may call it, also while Receive
// waits.
func (r *Receiver[T]) Close() error {
	b := r.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.gone.Swap(true) {
		return ErrClosed
	}
	b.removeGone()
	b.sleepers.fail(nil)
	b.blocked.fail(nil)
	return nil
}
