package tlsf

import "errors"

// Errors of a heap's operations. They are returned unwrapped, so a hot path may
// compare with ==.
var (
	// ErrNil: the pointer is nil. Freeing nil is refused, not ignored: in a program
	// with a bounded number of blocks it means that a pointer was lost.
	ErrNil = errors.New("tlsf: the pointer is nil")
	// ErrForeign: the address was never part of this heap.
	ErrForeign = errors.New("tlsf: the pointer lies outside the heap; free it where it was allocated")
	// ErrInterior: no block ever started at this address.
	ErrInterior = errors.New("tlsf: no block starts at this address; pass the address that Alloc returned")
	// ErrDoubleFree: a block that started here was freed. Its memory may be part of
	// another block now.
	ErrDoubleFree = errors.New("tlsf: the block at this address was freed already")
	// ErrCorrupt: the headers around a block contradict each other.
	ErrCorrupt = errors.New("tlsf: a block header was overwritten, most likely from the block before it")

	// ErrExhausted: no free block is large enough now.
	ErrExhausted = errors.New("tlsf: no free block is large enough; free some, or give the heap a larger region")
	// ErrTooLarge: no pool of this heap could ever serve the request.
	ErrTooLarge = errors.New("tlsf: the request is larger than the heap's largest pool")
	// ErrAlignment: see [MaxAlign].
	ErrAlignment = errors.New("tlsf: the alignment is not a power of two from 1 to 1 MiB")

	// ErrRemoteFull: the owner has not drained enough; see [Config].RemoteQueue.
	ErrRemoteFull = errors.New("tlsf: the queue of remote frees is full; the owner must drain it")
)
