//go:build !linux

package link

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/rt/bus"
)

// OpenPTY needs Linux.
func OpenPTY() (*bus.Serial, string, error) {
	return nil, "", fmt.Errorf("link: a pseudo-terminal needs Linux: %w", errors.ErrUnsupported)
}
