package fixed

import "slices"

// Vec is a slice of at most Cap elements. The zero Vec has capacity 0.
type Vec[T any] struct {
	items []T
}

// NewVec makes an empty Vec. It allocates capacity elements, from 1 to
// [MaxCapacity].
func NewVec[T any](capacity int) (*Vec[T], error) {
	if err := checkCapacity("Vec", capacity); err != nil {
		return nil, err
	}
	return &Vec[T]{make([]T, 0, capacity)}, nil
}

// Push appends v. A full Vec returns v with [ErrFull].
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Vec[T]) Push(v T) (back T, err error) {
	n := len(s.items)
	if n == cap(s.items) {
		return v, ErrFull
	}
	s.items = s.items[:n+1]
	s.items[n] = v
	return back, nil
}

// Pop removes the last element, or false when there is none.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Vec[T]) Pop() (v T, ok bool) {
	n := len(s.items)
	if n == 0 {
		return v, false
	}
	v = s.items[n-1]
	clear(s.items[n-1:])
	s.items = s.items[:n-1]
	return v, true
}

// Insert puts v before element i, or at the end for i = Len. It returns v with
// [ErrFull] or, for another i, [ErrRange].
//
// Cost: O(Len − i). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Vec[T]) Insert(i int, v T) (back T, err error) {
	n := len(s.items)
	if i < 0 || i > n {
		return v, ErrRange
	}
	if n == cap(s.items) {
		return v, ErrFull
	}
	s.items = s.items[:n+1]
	copy(s.items[i+1:], s.items[i:])
	s.items[i] = v
	return back, nil
}

// Remove takes element i out and closes the gap, or false when there is
// no such element.
//
// Cost: O(Len − i). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Vec[T]) Remove(i int) (v T, ok bool) {
	if i < 0 || i >= len(s.items) {
		return v, false
	}
	v = s.items[i]
	s.items = slices.Delete(s.items, i, i+1)
	return v, true
}

// SwapRemove takes element i out and puts the last one in its place, or
// false when there is no such element.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Vec[T]) SwapRemove(i int) (v T, ok bool) {
	if i < 0 || i >= len(s.items) {
		return v, false
	}
	last := len(s.items) - 1
	v, s.items[i] = s.items[i], s.items[last]
	clear(s.items[last:])
	s.items = s.items[:last]
	return v, true
}

// Slice returns the elements in place, to index, range over and sort. The slice
// is good until the next change of the Vec's length; appending to it does not
// touch the Vec.
func (s *Vec[T]) Slice() []T { return slices.Clip(s.items) }

// Clear removes all elements.
func (s *Vec[T]) Clear() {
	clear(s.items)
	s.items = s.items[:0]
}

// Len returns the number of elements.
func (s *Vec[T]) Len() int { return len(s.items) }

// Cap returns the number of elements that there is room for.
func (s *Vec[T]) Cap() int { return cap(s.items) }
