package pool

import "errors"

// Errors of the hot operations. They are allocated once, so returning one costs
// nothing.
var (
	// ErrForeign refuses a pointer that lies outside the pool's slots, nil too.
	ErrForeign = errors.New("pool: the pointer does not belong to this pool; give it to the pool that it came from")
	// ErrInterior refuses a pointer into a slot that is not its start.
	ErrInterior = errors.New("pool: the pointer is not the start of a slot; pass the one that Get returned")
	// ErrDoublePut refuses a slot that is already free.
	ErrDoublePut = errors.New("pool: the slot is free already; put each slot back once")
	// ErrStale refuses a mark or a handle from before its memory was given back.
	ErrStale = errors.New("pool: the handle, reference or mark is stale: its memory was given back")
)
