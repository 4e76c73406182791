//go:build !linux

package firmware

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/hil"
)

// Host needs Linux.
type Host struct{}

// NewHost needs Linux.
func NewHost(HostConfig) (*Host, error) {
	return nil, fmt.Errorf("firmware: NewHost needs Linux: %w", errors.ErrUnsupported)
}

// Send needs Linux.
func (*Host) Send(hil.Tick, []byte) error { return hil.ErrDown }

// Receive needs Linux.
func (*Host) Receive(hil.Tick, []byte, int64) (int, error) { return 0, hil.ErrDown }

// Pause needs Linux.
func (*Host) Pause(bool) error { return errors.ErrUnsupported }

// Reset needs Linux.
func (*Host) Reset() error { return errors.ErrUnsupported }

// Close needs Linux.
func (*Host) Close() error { return nil }
