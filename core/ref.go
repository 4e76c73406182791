package core

// Ref is a checked reference to a T in a frame, a group or a scratch. It is a
// value; the zero Ref is stale. It must not outlive its allocator.
type Ref[T any] struct {
	p     *T
	cell  *uint64
	epoch uint64
}

// Get returns the address of the value, or [ErrStale] once its memory was taken
// back. The address is good until then.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r Ref[T]) Get() (*T, error) {
	if r.cell == nil || *r.cell != r.epoch {
		return nil, ErrStale
	}
	return r.p, nil
}

// Ptr is Get with nil for a stale reference.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r Ref[T]) Ptr() *T {
	if r.cell == nil || *r.cell != r.epoch {
		return nil
	}
	return r.p
}
