package core

// Vec is a growing list in frame memory, of a capacity fixed when it is made: a
// real-time thread knows its bounds. After the frame's end its methods answer
// [ErrStale] or nothing. The zero Vec is stale.
type Vec[T any] struct {
	items RefSlice[T]
	n     int
}

// NewVec makes an empty Vec with room for capacity elements.
func NewVec[T any](f *Frame, t Type[T], capacity int) (Vec[T], error) {
	items, err := t.MakeUninit(f, capacity)
	return Vec[T]{items: items}, err
}

// Push appends v, or answers [ErrFull] or [ErrStale].
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (v *Vec[T]) Push(x T) error {
	items := v.items.Slice()
	if v.n >= len(items) {
		if v.items.stale() {
			return ErrStale
		}
		return ErrFull
	}
	items[v.n] = x
	v.n++
	return nil
}

// Pop removes the last element, or answers false when there is none.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (v *Vec[T]) Pop() (x T, ok bool) {
	items := v.items.Slice()
	if v.n == 0 || items == nil {
		return x, false
	}
	v.n--
	return items[v.n], true
}

// Slice returns the elements in place, nil after the frame's end. It is good
// until the next Push or Pop, and until the frame's end.
func (v *Vec[T]) Slice() []T {
	items := v.items.Slice()
	return items[:min(v.n, len(items)):min(v.n, len(items))]
}

// At is a reference to element i, good while it stays in its place; see
// [RefSlice.At].
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (v *Vec[T]) At(i int) Ref[T] {
	if i >= v.n {
		return Ref[T]{}
	}
	return v.items.At(i)
}

// Clear removes all elements.
func (v *Vec[T]) Clear() { v.n = 0 }

// Len returns the number of elements, Cap how many there is room for.
func (v *Vec[T]) Len() int { return v.n }
func (v *Vec[T]) Cap() int { return v.items.Len() }
