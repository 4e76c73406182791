package ring

import (
	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// StreamReader is the reading side of a [Stream]. One goroutine at a time may use
// it.
type StreamReader[T any] struct {
	_         [cacheLine]byte
	elements  []T
	next      uint64 // position of the oldest element not released
	tail      uint64 // writer's position when last looked at
	peeked    uint64 // elements that Release may take
	committed *uint64
	released  *uint64
	Endpoint
	_ [cacheLine]byte
}

// Peek returns the oldest n elements, or as many as there are now, as two slices:
// the second starts where the ring wraps, and is empty when the first is enough.
// They are the reader's until Release. A negative n is 0.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *StreamReader[T]) Peek(n int) (first, second []T) {
	if debug.Enabled {
		r.owner.Check("ring.StreamReader")
	}
	want, have := uint64(max(n, 0)), r.tail-r.next
	if have < want {
		r.tail = atomics.Load(r.committed)
		have = r.tail - r.next
	}
	r.peeked = min(want, have, uint64(len(r.elements)))
	return twoSlices(r.elements, r.next, r.peeked)
}

// Release gives the first n peeked elements back to the writer, in order; the
// rest stays peeked. More than that, or a negative n, is refused with [ErrRange]
// and releases nothing.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *StreamReader[T]) Release(n int) error {
	if debug.Enabled {
		r.owner.Check("ring.StreamReader")
	}
	if uint64(n) > r.peeked {
		return ErrRange
	}
	r.peeked -= uint64(n)
	r.next += uint64(n)
	atomics.StoreRelease(r.released, r.next)
	return nil
}

// Read takes elements into dst until the ring is empty and returns how many.
//
// Cost: O(len(dst)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *StreamReader[T]) Read(dst []T) int {
	first, second := r.Peek(len(dst))
	n := copy(dst, first)
	n += copy(dst[n:], second)
	r.Release(n) // within the part that was peeked
	return n
}
