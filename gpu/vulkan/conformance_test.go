package vulkan_test

import (
	"context"
	"errors"
	"testing"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/gputest"
	"github.com/memkit-go/memkit/gpu/vulkan"
)

// open opens the machine's device under the validation layer, where it is installed,
// and fails the test on any of its messages.
func open(t *testing.T) *gpu.Device {
	t.Helper()
	c := gpu.Config{Drivers: []gpu.Driver{vulkan.Driver{}}, BlockSize: 1 << 20, Validation: true}
	d, err := gpu.Open(context.Background(), c)
	if errors.Is(err, gpu.ErrBackendUnavailable) {
		t.Logf("without validation: %v", err)
		c.Validation = false
		d, err = gpu.Open(context.Background(), c)
	}
	if errors.Is(err, gpu.ErrBackendUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	type messenger interface{ Messages() (int, []string) }
	t.Cleanup(func() {
		if n, texts := d.Backend().(messenger).Messages(); n > 0 {
			t.Errorf("%d messages of the validation layer: %q", n, texts)
		}
	})
	return d
}

func TestConformance(t *testing.T) { gputest.Run(t, open) }
