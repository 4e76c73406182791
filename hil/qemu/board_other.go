//go:build !linux

package qemu

import (
	"context"
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/hil"
)

// Board needs Linux.
type Board struct{}

// Start needs Linux.
func Start(context.Context, Config) (*Board, error) {
	return nil, fmt.Errorf("qemu: Start needs Linux: %w", errors.ErrUnsupported)
}

// Send needs Linux.
func (*Board) Send(hil.Tick, []byte) error { return hil.ErrDown }

// Receive needs Linux.
func (*Board) Receive(hil.Tick, []byte, int64) (int, error) { return 0, hil.ErrDown }

// Pause needs Linux.
func (*Board) Pause(bool) error { return ErrClosed }

// Reset needs Linux.
func (*Board) Reset() error { return ErrClosed }

// Close needs Linux.
func (*Board) Close() error { return nil }

// PID needs Linux.
func (*Board) PID() int { return 0 }

// State needs Linux.
func (*Board) State() State { return Ended }

// Ended needs Linux.
func (*Board) Ended() <-chan struct{} { return nil }

// Err needs Linux.
func (*Board) Err() error { return ErrClosed }

// Output needs Linux.
func (*Board) Output() string { return "" }

// Lost needs Linux.
func (*Board) Lost() uint64 { return 0 }
