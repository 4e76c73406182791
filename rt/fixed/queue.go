package fixed

import "iter"

// Queue holds at most Cap elements, first in, first out. The zero Queue has
// capacity 0.
type Queue[T any] struct {
	items []T
	head  int // of the oldest element
	n     int
}

// NewQueue makes an empty Queue. It allocates capacity elements, from 1 to
// [MaxCapacity].
func NewQueue[T any](capacity int) (*Queue[T], error) {
	if err := checkCapacity("Queue", capacity); err != nil {
		return nil, err
	}
	return &Queue[T]{items: make([]T, capacity)}, nil
}

// Push appends v. A full Queue returns v with [ErrFull].
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (q *Queue[T]) Push(v T) (back T, err error) {
	if q.n == len(q.items) {
		return v, ErrFull
	}
	q.items[q.wrap(q.head+q.n)] = v
	q.n++
	return back, nil
}

// Pop removes the oldest element, or false when there is none.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (q *Queue[T]) Pop() (v T, ok bool) {
	if q.n == 0 {
		return v, false
	}
	v = q.items[q.head]
	clear(q.items[q.head : q.head+1])
	q.head = q.wrap(q.head + 1)
	q.n--
	return v, true
}

// Peek returns the oldest element in place, or nil when there is none. It is good
// until that element's Pop.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (q *Queue[T]) Peek() *T {
	if q.n == 0 {
		return nil
	}
	return &q.items[q.head]
}

// All ranges over the elements, oldest first. The queue must not change
// meanwhile.
func (q *Queue[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		for i := range q.n {
			if !yield(q.items[q.wrap(q.head+i)]) {
				return
			}
		}
	}
}

// Clear removes all elements.
func (q *Queue[T]) Clear() {
	clear(q.items)
	q.head, q.n = 0, 0
}

// Len returns the number of elements.
func (q *Queue[T]) Len() int { return q.n }

// Cap returns the number of elements that there is room for.
func (q *Queue[T]) Cap() int { return len(q.items) }

// wrap reduces 0 ≤ i < 2·Cap to an index.
func (q *Queue[T]) wrap(i int) int {
	if i >= len(q.items) {
		return i - len(q.items)
	}
	return i
}
