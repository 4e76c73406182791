//go:build !linux

package line

import (
	"errors"
	"os"
)

// Stream needs Linux.
type Stream struct{}

// Pair needs Linux.
func Pair() (*Stream, *os.File, error) { return nil, nil, errors.ErrUnsupported }

// Send needs Linux.
func (*Stream) Send([]byte) error { return ErrEnded }

// Receive needs Linux.
func (*Stream) Receive([]byte, int64) (int, error) { return 0, ErrEnded }

// Close needs Linux.
func (*Stream) Close() error { return nil }
