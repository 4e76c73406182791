package async

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
)

// BroadcastConfig describes a [Broadcast].
type BroadcastConfig struct {
	// Capacity is how many values a receiver can be behind, rounded up to a power
	// of two; 0 means 64.
	Capacity int
	// Lag says what happens to a receiver that is further behind; the zero value is
	// [BlockPublisher].
	Lag Lag
}

func (c *BroadcastConfig) validate() error {
	const most = 1 << 24
	if c.Capacity == 0 {
		c.Capacity = 64
	}
	if c.Capacity < 1 || c.Capacity > most {
		return fmt.Errorf("async: BroadcastConfig.Capacity %d: must be 1 to %d; give the values that a receiver can be behind", c.Capacity, most)
	}
	if c.Lag > Disconnect {
		return fmt.Errorf("async: BroadcastConfig.Lag %d: unknown; use BlockPublisher, DropOldest or Disconnect", c.Lag)
	}
	c.Capacity = 1 << bits.Len(uint(c.Capacity-1))
	return nil
}

// Broadcast copies each published value to all receivers. A Publish writes the value
// once, however many receivers there are: they read it from one ring, each at its own
// position.
type Broadcast[T any] struct {
	config BroadcastConfig
	ring   []cell[T]
	mask   uint64

	head   atomic.Uint64 // values published
	_      [56]byte
	closed atomic.Bool

	mu        sync.Mutex // of publishers, subscriptions and waiters
	safe      uint64     // no receiver's position is below, as of the last scan
	receivers []*Receiver[T]
	sleepers  waitQueue // receivers that wait
	blocked   waitQueue // publishers that wait
	stalled   atomic.Int32

	waits, disconnected uint64
}

// cell is one place of the ring. The state is the number of the value, from 1, and
// how many receivers read it at this moment:
//
//	number (48 bits) | writing (1 bit) | readers (15 bits)
//
// A receiver counts itself in while the number is the one it expects, copies, and
// counts itself out. A publisher writes when no reader is counted in.
type cell[T any] struct {
	state atomic.Uint64
	value T
}

const (
	cellNumber  = 1 << 16
	cellWriting = 1 << 15
)

// NewBroadcast makes a broadcast without receivers.
func NewBroadcast[T any](c BroadcastConfig) (*Broadcast[T], error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	return &Broadcast[T]{config: c, ring: make([]cell[T], c.Capacity), mask: uint64(c.Capacity - 1)}, nil
}

// Publish gives v to all receivers that have subscribed. With [BlockPublisher] it
// waits while one is a whole buffer behind. It fails with the context's cause or
// with [ErrClosed], and then no receiver gets v.
func (b *Broadcast[T]) Publish(ctx context.Context, v T) error {
	if err := usable(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	for {
		if b.closed.Load() {
			b.mu.Unlock()
			return ErrClosed
		}
		if b.head.Load()-b.safe < uint64(len(b.ring)) || b.makeRoom() {
			break
		}
		if err := b.waitForRoom(ctx); err != nil {
			return err
		}
	}
	b.write(&v)
	if b.sleepers.first != nil {
		b.sleepers.fail(nil)
	}
	b.mu.Unlock()
	return nil
}

// write puts v into the next cell. The readers that are counted in only copy, so
// the wait for them is short.
func (b *Broadcast[T]) write(v *T) {
	head := b.head.Load()
	c := &b.ring[head&b.mask]
	for {
		state := c.state.Load()
		if state&(cellWriting-1) == 0 && c.state.CompareAndSwap(state, cellWriting) {
			break
		}
		runtime.Gosched()
	}
	c.value = *v
	c.state.Store((head + 1) * cellNumber)
	b.head.Store(head + 1)
}

// makeRoom looks where the receivers are, and reports whether the next value may be
// written.
func (b *Broadcast[T]) makeRoom() bool {
	head := b.head.Load()
	b.safe = head
	for _, r := range b.receivers {
		at := r.next.Load()
		if head-at >= uint64(len(b.ring)) {
			switch b.config.Lag {
			case BlockPublisher:
				b.safe = at
				return false
			case DropOldest:
				at = head - uint64(len(b.ring)) + 1 // what it will go on with
			case Disconnect:
				r.slow.Store(true)
				r.gone.Store(true)
				b.disconnected++
				continue
			}
		}
		b.safe = min(b.safe, at)
	}
	if b.config.Lag == Disconnect {
		b.removeGone()
	}
	return true
}

func (b *Broadcast[T]) removeGone() {
	kept := b.receivers[:0]
	for _, r := range b.receivers {
		if !r.gone.Load() {
			kept = append(kept, r)
		}
	}
	clear(b.receivers[len(kept):])
	b.receivers = kept
}

// waitForRoom waits until a receiver has moved. It is called with mu locked, and
// returns so unless it fails.
func (b *Broadcast[T]) waitForRoom(ctx context.Context) error {
	b.waits++
	b.stalled.Add(1)
	w := b.blocked.push()
	if b.makeRoom() { // a receiver moved before it could see stalled
		b.blocked.remove(w)
		b.blocked.recycle(w)
		b.stalled.Add(-1)
		return nil
	}
	b.mu.Unlock()
	err := w.park(ctx, 0)
	b.mu.Lock()
	if !w.granted {
		b.blocked.remove(w)
	}
	b.blocked.recycle(w)
	b.stalled.Add(-1)
	if err != nil {
		b.blocked.fail(nil) // what woke this one may be meant for others
		b.mu.Unlock()
	}
	return err
}

// moved wakes publishers that wait for a receiver.
//
//go:noinline
func (b *Broadcast[T]) moved() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.blocked.fail(nil)
}

// Subscribe makes a receiver of the values published from now on. It fails with
// [ErrClosed].
func (b *Broadcast[T]) Subscribe() (*Receiver[T], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed.Load() {
		return nil, ErrClosed
	}
	r := &Receiver[T]{b: b}
	r.next.Store(b.head.Load())
	b.receivers = append(b.receivers, r)
	return r, nil
}

// Close ends the broadcast: receivers get the values already published, and then [ErrClosed].
func (b *Broadcast[T]) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed.Swap(true) {
		return ErrClosed
	}
	b.sleepers.fail(nil)
	b.blocked.fail(nil)
	return nil
}

// Collect reports statistics one by one, for a metrics system.
func (b *Broadcast[T]) Collect(report func(name string, value float64)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	report("published_total", float64(b.head.Load()))
	report("receivers", float64(len(b.receivers)))
	report("publisher_waits_total", float64(b.waits))
	report("disconnected_total", float64(b.disconnected))
	missed := uint64(0)
	for _, r := range b.receivers {
		missed += r.missed.Load()
	}
	report("missed_total", float64(missed))
}
