package async

import (
	"context"
	"fmt"
)

// Bytes is a budget of bytes, or of other units, that goroutines take parts of: a
// weighted semaphore. Requests are served in the order of their arrival. One that
// does not fit can be overtaken by smaller ones for 1 ms; then these wait for it,
// for 10 ms the first time and for up to a minute later, with 1 ms between. So a
// large request is served when others hold theirs for less than a minute, and small
// ones wait for it no longer than that at a time.
type Bytes struct {
	q        weighted
	capacity int64
	used     int64
}

// NewBytes makes a budget.
func NewBytes(capacity int64) (*Bytes, error) {
	if capacity < 1 {
		return nil, fmt.Errorf("async: NewBytes(%d): must be >0; give the bytes that may be in use at once", capacity)
	}
	b := &Bytes{capacity: capacity}
	b.q.try = func(w *waiter) bool {
		if w.n > b.capacity-b.used {
			return false
		}
		b.used += w.n
		return true
	}
	return b, nil
}

// Acquire takes n bytes, or waits for them. It fails with the context's cause,
// [ErrTooLarge], [ErrSize] or [ErrClosed], and then nothing was taken.
func (b *Bytes) Acquire(ctx context.Context, n int64) error {
	switch {
	case n < 0:
		return ErrSize
	case n > b.capacity:
		return ErrTooLarge
	}
	w, err := b.q.acquire(ctx, n)
	if err != nil {
		return err
	}
	b.q.recycle(w)
	return nil
}

// TryAcquire takes n bytes if they are free and no other goroutine waits.
func (b *Bytes) TryAcquire(n int64) bool {
	b.q.mu.Lock()
	defer b.q.mu.Unlock()
	if n < 0 || n > b.capacity-b.used || b.q.closed || b.q.queue.first != nil {
		return false
	}
	b.used += n
	return true
}

// Release gives n bytes back. It fails with [ErrReleased] if fewer are in use, and
// with [ErrSize]; then nothing changes.
func (b *Bytes) Release(n int64) error {
	b.q.mu.Lock()
	defer b.q.mu.Unlock()
	switch {
	case n < 0:
		return ErrSize
	case n > b.used:
		return ErrReleased
	}
	b.used -= n
	b.q.serve()
	return nil
}

// WouldBlock reports whether an Acquire of n bytes would wait now.
func (b *Bytes) WouldBlock(n int64) bool {
	b.q.mu.Lock()
	defer b.q.mu.Unlock()
	return n > b.capacity-b.used || b.q.queue.first != nil
}

// Close makes every Acquire fail with [ErrClosed], also those that wait. It reports
// bytes that are in use as a [*LeakError]; they can still be released.
func (b *Bytes) Close() error {
	if err := b.q.close(); err != nil {
		return err
	}
	b.q.mu.Lock()
	defer b.q.mu.Unlock()
	if b.used > 0 {
		return &LeakError{Name: "bytes", Count: 1, Bytes: int(b.used)}
	}
	return nil
}

// Used returns the bytes in use, and Cap the capacity.
func (b *Bytes) Used() int64 {
	b.q.mu.Lock()
	defer b.q.mu.Unlock()
	return b.used
}
func (b *Bytes) Cap() int64 { return b.capacity }

// Collect reports statistics one by one, for a metrics system.
func (b *Bytes) Collect(report func(name string, value float64)) {
	b.q.mu.Lock()
	defer b.q.mu.Unlock()
	report("capacity_bytes", float64(b.capacity))
	report("used_bytes", float64(b.used))
	b.q.collect(report)
}

func (q *weighted) collect(report func(name string, value float64)) {
	report("waiting", float64(q.queue.length))
	report("waits_total", float64(q.waits))
	report("cancelled_total", float64(q.cancelled))
	report("longest_wait_seconds", q.longest.Seconds())
}
