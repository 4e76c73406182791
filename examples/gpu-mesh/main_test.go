package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/gpu"
)

func TestRun(t *testing.T) {
	for _, backend := range []string{"dummy", "vulkan", "auto"} {
		var out strings.Builder
		err := run(context.Background(), []string{"-backend", backend}, &out)
		if errors.Is(err, gpu.ErrBackendUnavailable) && backend == "vulkan" {
			t.Log(err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "8 vertices and 36 indices uploaded") {
			t.Errorf("%s: %s", backend, out.String())
		}
	}
	if err := run(context.Background(), []string{"-backend", "metal"}, &strings.Builder{}); !errors.Is(err, gpu.ErrBackendUnavailable) {
		t.Errorf("metal: %v", err)
	}
}
