//go:build !linux

package guard

import (
	"context"
	"fmt"
	"runtime"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/bus"
	"github.com/memkit-go/memkit/rt/isolate"
)

func unsupported(what string) error {
	return fmt.Errorf("guard: %s on %s: %w", what, runtime.GOOS, rt.ErrUnsupported)
}

func newAddress() (string, error) { return "", unsupported("a guard") }

func run(*isolate.Child) error { return unsupported("a guard") }

// Connect needs Linux.
func Connect(context.Context, string) (*Controller, error) { return nil, unsupported("Connect") }

// AttachDevice needs Linux.
func AttachDevice(context.Context, string) (*bus.Memory, error) {
	return nil, unsupported("AttachDevice")
}
