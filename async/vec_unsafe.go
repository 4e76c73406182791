package async

import (
	"context"
	"unsafe"

	"github.com/memkit-go/memkit/core"
)

// Vec is a list in a [Heap] that grows, within the heap's memory. It belongs to one
// goroutine at a time.
type Vec[T any] struct {
	heap  *Heap
	block Block
	size  int // of a T
	n     int
	max   int
}

// NewVec makes an empty list with room for capacity elements.
func NewVec[T any](ctx context.Context, h *Heap, t core.Type[T], capacity int) (*Vec[T], error) {
	if t == (core.Type[T]{}) {
		return nil, ErrToken
	}
	if capacity < 0 {
		return nil, ErrSize
	}
	v := &Vec[T]{heap: h, size: max(1, t.Size())}
	if err := v.grow(ctx, max(1, capacity)); err != nil {
		return nil, err
	}
	return v, nil
}

// grow moves the elements to a larger block. The old one is released after that, so
// both must fit: waiting for memory that the list itself has would not end.
func (v *Vec[T]) grow(ctx context.Context, capacity int) error {
	if capacity > v.heap.largest/v.size-v.max {
		return ErrTooLarge
	}
	s, state, err := v.heap.open(ctx, capacity*v.size)
	if err != nil {
		return err
	}
	block := Block{s, state}
	if v.n > 0 {
		copy(block.Bytes(), v.block.Bytes()[:v.n*v.size])
	}
	if v.block.s != nil {
		v.block.Release()
	}
	v.block, v.max = block, capacity
	return nil
}

// Push appends x. When the list is full it doubles, for which it may have to wait.
// It fails as [Heap.Alloc] does and with [ErrStale] after Release; then the list is
// as it was.
func (v *Vec[T]) Push(ctx context.Context, x T) error {
	if !v.block.s.is(v.block.state) {
		return ErrStale
	}
	if v.n == v.max {
		if err := v.grow(ctx, 2*v.max); err != nil {
			return err
		}
	}
	v.n++
	v.Slice()[v.n-1] = x
	return nil
}

// Pop removes the last element, and returns false when there is none.
func (v *Vec[T]) Pop() (x T, ok bool) {
	s := v.Slice()
	if len(s) == 0 {
		return x, false
	}
	v.n--
	return s[v.n], true
}

// Slice returns the elements in place, good until the next Push, or nil after
// Release.
func (v *Vec[T]) Slice() []T {
	if !v.block.s.is(v.block.state) {
		return nil
	}
	return unsafe.Slice((*T)(v.block.s.value), v.n)
}

// Len returns the number of elements, Cap how many there is room for.
func (v *Vec[T]) Len() int { return v.n }
func (v *Vec[T]) Cap() int { return v.max }

// Release gives the memory back, or returns [ErrReleased].
func (v *Vec[T]) Release() error {
	v.n = 0
	return v.block.Release()
}
