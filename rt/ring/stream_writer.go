package ring

import (
	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// StreamWriter is the writing side of a [Stream]. One goroutine at a time may use
// it. Positions count elements from 0 and are compared modulo 2⁶⁴.
type StreamWriter[T any] struct {
	_         [cacheLine]byte
	elements  []T
	next      uint64 // position after the last committed element
	head      uint64 // reader's position when last looked at
	reserved  uint64 // elements that Commit may take
	committed *uint64
	released  *uint64
	Endpoint
	_ [cacheLine]byte
}

// Reserve returns room for the next n elements, or for as many as fit now, as two
// slices: the second starts where the ring wraps, and is empty when the first is
// enough. They hold older elements and are the writer's until Commit. A negative
// n is 0.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *StreamWriter[T]) Reserve(n int) (first, second []T) {
	if debug.Enabled {
		w.owner.Check("ring.StreamWriter")
	}
	capacity := uint64(len(w.elements))
	want, room := uint64(max(n, 0)), capacity-(w.next-w.head)
	if room < want {
		w.head = atomics.Load(w.released)
		room = capacity - (w.next - w.head)
	}
	w.reserved = min(want, room, capacity)
	return twoSlices(w.elements, w.next, w.reserved)
}

// Commit publishes the first n reserved elements, in order; the rest stays
// reserved. More than that, or a negative n, is refused with [ErrRange] and
// publishes nothing.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *StreamWriter[T]) Commit(n int) error {
	if debug.Enabled {
		w.owner.Check("ring.StreamWriter")
	}
	if uint64(n) > w.reserved {
		return ErrRange
	}
	w.reserved -= uint64(n)
	w.next += uint64(n)
	atomics.StoreRelease(w.committed, w.next)
	return nil
}

// Write appends elements of src until the ring is full and returns how many.
//
// Cost: O(len(src)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *StreamWriter[T]) Write(src []T) int {
	first, second := w.Reserve(len(src))
	n := copy(first, src)
	n += copy(second, src[n:])
	w.Commit(n) // within the part that was reserved
	return n
}

// twoSlices returns n elements from position on; n is at most len(ring), a power
// of two.
func twoSlices[T any](ring []T, position, n uint64) (first, second []T) {
	capacity := uint64(len(ring))
	i := position & (capacity - 1)
	k := min(n, capacity-i)
	return ring[i : i+k], ring[:n-k]
}
