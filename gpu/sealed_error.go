package gpu

import (
	"fmt"

	"github.com/memkit-go/memkit/internal/debug"
)

// SealedError names a driver allocation after [Device.Seal].
type SealedError struct {
	What   string // was to be allocated
	Size   uint64 // in bytes, where it has one
	Caller string // file and line outside of this package
}

func newSealedError(what string, size uint64) *SealedError {
	var s debug.Site
	s.Here(2)
	return &SealedError{What: what, Size: size, Caller: s.String()}
}

func (e *SealedError) Error() string {
	return fmt.Sprintf("gpu: %s (%d bytes), called from %s, needs the driver after Seal; do it before, or give the pools more", e.What, e.Size, e.Caller)
}

// Unwrap returns [ErrSealed].
func (e *SealedError) Unwrap() error { return ErrSealed }
