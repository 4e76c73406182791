package pool

import "errors"

// Errors of the hot operations. They are allocated once, so returning one costs
// nothing.
var (
	// ErrForeign refuses a pointer that lies outside the pool's slots, nil too.
	ErrForeign = errors.New("pool: pointer does not belong to this pool")
	// ErrInterior refuses a pointer into a slot that is not its start.
	ErrInterior = errors.New("pool: pointer is not the start of a slot")
	// ErrDoublePut refuses a slot that is already free.
	ErrDoublePut = errors.New("pool: slot is already free")
	// ErrStale refuses a mark or a handle from before its memory was given back.
	ErrStale = errors.New("pool: stale: its memory was given back")
)
