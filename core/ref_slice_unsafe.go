package core

import "unsafe"

// RefSlice is a checked reference to a slice of T in a frame, a group or a
// scratch; see [Ref].
type RefSlice[T any] struct {
	p     *T
	n     int
	cell  *uint64
	epoch uint64
}

// Get returns the slice, or [ErrStale] once its memory was taken back.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r RefSlice[T]) Get() ([]T, error) {
	if r.cell == nil || *r.cell != r.epoch {
		return nil, ErrStale
	}
	return unsafe.Slice(r.p, r.n), nil
}

// Slice is Get with nil for a stale reference.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r RefSlice[T]) Slice() []T {
	if r.cell == nil || *r.cell != r.epoch {
		return nil
	}
	return unsafe.Slice(r.p, r.n)
}

// At is a reference to element i, as [Type.Keep] takes it, or the zero Ref, which
// is stale, where there is none.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r RefSlice[T]) At(i int) Ref[T] {
	if uint(i) >= uint(r.n) {
		return Ref[T]{}
	}
	return Ref[T]{&unsafe.Slice(r.p, r.n)[i], r.cell, r.epoch}
}

// Len is the slice's length, also when it is stale.
func (r RefSlice[T]) Len() int { return r.n }

func (r RefSlice[T]) stale() bool { return r.cell == nil || *r.cell != r.epoch }

// clear zeroes the elements of a new slice.
func (r RefSlice[T]) clear() { clear(unsafe.Slice(r.p, r.n)) }
