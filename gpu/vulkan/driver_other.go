//go:build !cgo || !linux

package vulkan

import (
	"context"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/internal/errkind"
)

// Open answers gpu.ErrBackendUnavailable.
func (Driver) Open(context.Context, gpu.DriverConfig) (gpu.Backend, error) {
	return nil, errkind.Errorf(gpu.ErrBackendUnavailable, "vulkan: this program was built without cgo, or not for Linux; build it with a C compiler")
}
