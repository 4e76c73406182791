package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/gpu"
)

func TestRun(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-backend dummy -audio offline -for 200ms", "the click's answer is the response of the room within"},
		{"-backend dummy -for 100ms", "resident kernel: "},
		{"-backend vulkan -audio offline -for 200ms", "the click's answer is the response of the room within"},
	} {
		var out strings.Builder
		err := run(context.Background(), strings.Fields(c.args), &out)
		if errors.Is(err, gpu.ErrBackendUnavailable) && strings.Contains(c.args, "vulkan") {
			t.Log(err)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", c.args, err)
		}
		if !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: %s", c.args, out.String())
		}
		t.Log(out.String())
	}
	if err := run(context.Background(), []string{"-audio", "tape"}, &strings.Builder{}); err == nil {
		t.Error("an unknown backend is accepted")
	}
}

// TestResponse: the output of a click is the response, whoever computes which block.
func TestResponse(t *testing.T) {
	var out strings.Builder
	if err := run(context.Background(), strings.Fields("-backend dummy -audio offline -for 100ms"), &out); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(out.String(), "within ")
	if !strings.HasPrefix(text, "0\n") && !strings.Contains(text, "e-0") {
		t.Errorf("the response differs: %s", out.String())
	}
}
