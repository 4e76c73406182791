package alloc

import (
	"errors"

	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// Errors of an [Allocator]'s operations, which are those of package tlsf. They are
// returned unwrapped, so a hot path may compare with ==.
var (
	// ErrExhausted: no memory is left for a request of this size.
	ErrExhausted = tlsf.ErrExhausted
	// ErrTooLarge: no pool of the heap could ever serve the request.
	ErrTooLarge = tlsf.ErrTooLarge
	// ErrAlignment: the alignment is no power of two up to 1 MiB.
	ErrAlignment = tlsf.ErrAlignment
	// ErrNil, ErrForeign, ErrInterior, ErrDoubleFree and ErrCorrupt refuse a Free.
	ErrNil        = tlsf.ErrNil
	ErrForeign    = tlsf.ErrForeign
	ErrInterior   = tlsf.ErrInterior
	ErrDoubleFree = tlsf.ErrDoubleFree
	ErrCorrupt    = tlsf.ErrCorrupt
	// ErrRemoteFull: the owner has not drained enough; see Config.RemoteQueue.
	ErrRemoteFull = tlsf.ErrRemoteFull
)

var (
	// ErrLimit: the request exceeds Config.MaxAllocation. It is an [ErrTooLarge]
	// to errors.Is.
	ErrLimit error = limitError{}
	// ErrGuards: all guards of a [Hazard] are taken.
	ErrGuards = errors.New("alloc: all guards are taken; Close one, or make the Hazard with more")
)

// limitError is a type of its own because the text of an error that wraps
// another would carry the other's prefix.
type limitError struct{}

func (limitError) Error() string {
	return "alloc: the request is larger than Config.MaxAllocation"
}

func (limitError) Is(target error) bool { return target == ErrTooLarge }

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
