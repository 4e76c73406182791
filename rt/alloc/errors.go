package alloc

import (
	"errors"

	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// Errors of an [Allocator]'s operations, those of package tlsf under this
// package's name. They are returned as they are, so == is enough on a hot path.
var (
	// ErrExhausted: no memory is left for a request of this size.
	ErrExhausted = tlsf.ErrExhausted
	// ErrTooLarge: the request exceeds Config.MaxAllocation, or what the heap
	// could serve when empty.
	ErrTooLarge = tlsf.ErrTooLarge
	// ErrAlignment: the alignment is no power of two up to 1 MiB.
	ErrAlignment = tlsf.ErrAlignment
	// ErrNil, ErrForeign, ErrInterior, ErrDoubleFree and ErrCorrupt refuse a Free.
	ErrNil        = tlsf.ErrNil
	ErrForeign    = tlsf.ErrForeign
	ErrInterior   = tlsf.ErrInterior
	ErrDoubleFree = tlsf.ErrDoubleFree
	ErrCorrupt    = tlsf.ErrCorrupt
)

// ErrGuards: all guards of a [Hazard] are taken.
var ErrGuards = errors.New("alloc: all guards are taken")

// classError translates what a class says of a Free.
//
//go:noinline
func classError(err error) error {
	switch err {
	case pool.ErrDoublePut:
		return ErrDoubleFree
	case pool.ErrInterior:
		return ErrInterior
	case pool.ErrForeign:
		return ErrForeign
	}
	return err
}
