package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/hil/mujoco"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	err := run(&out, 1)
	if errors.Is(err, mujoco.ErrNotBuilt) {
		if !strings.Contains(err.Error(), "-tags mujoco") {
			t.Errorf("without MuJoCo it says %q", err)
		}
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	for _, want := range []string{"0 s: the pole within 0.050 rad", "5000 steps, misses: 0 of the rig", "again: the same hash"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not print %q", want)
		}
	}
}
