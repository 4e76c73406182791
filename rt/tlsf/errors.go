package tlsf

import "errors"

// The errors of a heap's operations are returned as they are, so == is enough
// on a hot path.
var (
	// ErrNil: Free of nil. Freeing nil is refused, not ignored: in a program
	// with a bounded number of blocks it is a lost one.
	ErrNil = errors.New("tlsf: free of a nil pointer")
	// ErrForeign: the address was never part of this heap.
	ErrForeign = errors.New("tlsf: the pointer lies outside the heap")
	// ErrInterior: no block ever started at this address.
	ErrInterior = errors.New("tlsf: no block starts at this address; it lies inside a block or the heap's tables")
	// ErrDoubleFree: a block did start here, and it was freed, whatever became
	// of its memory since.
	ErrDoubleFree = errors.New("tlsf: the block at this address was freed already")
	// ErrCorrupt: the headers around a block contradict each other.
	ErrCorrupt = errors.New("tlsf: a block header was overwritten, most likely from the block before it")

	// ErrExhausted: no free block is large enough now.
	ErrExhausted = errors.New("tlsf: no free block is large enough")
	// ErrTooLarge: no pool of this heap could ever serve the request.
	ErrTooLarge = errors.New("tlsf: the request exceeds the heap's largest pool")
	// ErrAlignment: see [MaxAlign].
	ErrAlignment = errors.New("tlsf: the alignment is not a power of two from 1 to 1 MiB")

	// ErrRemoteFull: the owner has not drained enough; see [Config].RemoteQueue.
	ErrRemoteFull = errors.New("tlsf: the queue of remote frees is full; the owner must drain it")
)
