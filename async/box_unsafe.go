package async

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Box is the right to use one T of a [Pool] or a [Heap], until its Release, or until
// it is sent through a [Pipe]. Copies of a Box are the same right: when one ends, all
// do. The zero Box is stale.
type Box[T any] struct {
	s     *slot
	state uint64
}

// Get returns the address of the value, good until the Release. It fails with
// [ErrStale], or with [ErrIdle] after Idle.
func (b Box[T]) Get() (*T, error) {
	if !b.s.is(b.state) {
		return nil, b.why()
	}
	return (*T)(b.s.value), nil
}

// Ptr is Get with nil for a box that is stale or idle.
func (b Box[T]) Ptr() *T {
	if !b.s.is(b.state) {
		return nil
	}
	return (*T)(b.s.value)
}

// why says why a box is not usable.
func (b Box[T]) why() error {
	if b.s != nil && atomics.Load(&b.s.state) == b.state&^stateMask|idle {
		return ErrIdle
	}
	return ErrStale
}

// Release gives the value back. It fails with [ErrReleased] when that was done
// before, by this box or a copy.
func (b Box[T]) Release() error {
	if s := b.s; s != nil && s.items != nil && s.items.onRelease == nil && s.items.open(s, b.state) {
		return nil
	}
	return b.releaseSlow()
}

//go:noinline
func (b Box[T]) releaseSlow() error {
	if b.s == nil || !b.s.end(b.state) {
		return b.releaseIdle()
	}
	b.s.release()
	return nil
}

//go:noinline
func (b Box[T]) releaseIdle() error {
	if b.s == nil || b.s.items == nil || !b.s.items.endIdle(b.s, b.state) {
		return ErrReleased
	}
	b.s.release()
	return nil
}

// Idle allows a pool with the policy [Evict] to give the item to another goroutine.
// Until a successful Pin the item must not be used; addresses from Get are not valid
// any more. It fails with [ErrStale], and with [ErrForeign] for a box of a [Heap].
func (b Box[T]) Idle() error {
	switch {
	case b.s == nil:
		return ErrStale
	case b.s.items == nil:
		return ErrForeign
	case !b.s.items.setIdle(b.s, b.state):
		return b.why()
	}
	return nil
}

// Pin makes an idle item usable again. It fails with [ErrStale] when the item was
// evicted meanwhile; then the box is gone.
func (b Box[T]) Pin() error {
	if b.s == nil || b.s.items == nil || !b.s.items.pin(b.s, b.state) {
		return ErrStale
	}
	return nil
}

// Size returns the bytes of the value.
func (b Box[T]) Size() int { return int(unsafe.Sizeof(*(*T)(nil))) }

// release takes back a slot whose handle has ended.
func (s *slot) release() {
	if s.items == nil {
		s.heap.free(s)
		return
	}
	if s.items.onRelease != nil {
		s.items.onRelease(s)
	}
	s.items.put(s)
}
