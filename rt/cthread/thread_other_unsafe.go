//go:build !cgo || !linux

package cthread

import (
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"github.com/memkit-go/memkit/rt"
)

// Thread cannot be had here; see New.
type Thread struct{ counted counters }

// New answers rt.ErrUnsupported: this program was built without cgo, or not for
// Linux.
func New(c Config) (*Thread, error) {
	if _, err := c.validate(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("cthread: %s without cgo: %w; build for Linux with CGO_ENABLED=1 and a C compiler", runtime.GOOS, rt.ErrUnsupported)
}

// Call answers [ErrClosed].
func (t *Thread) Call(f, arg unsafe.Pointer, timeout time.Duration) error { return ErrClosed }

// Idle is true.
func (t *Thread) Idle() bool { return true }

// Stats are zero.
func (t *Thread) Stats() Stats { return t.counted.stats() }

// Close does nothing.
func (t *Thread) Close() error { return nil }
