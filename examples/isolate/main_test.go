package main

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main()
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	for _, inProcess := range []bool{false, true} {
		if !inProcess && runtime.GOOS != "linux" {
			continue
		}
		var out strings.Builder
		if err := run(&out, time.Second, inProcess); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"move 3: target 2 rad", " periods, ", "collections in the parent"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("in process %v: no %q in:\n%s", inProcess, want, out.String())
			}
		}
	}
}

// TestControlReachesItsTarget is the control law alone.
func TestControlReachesItsTarget(t *testing.T) {
	var m motor
	for range 1000 {
		m.step(400*(1-m.position) - 40*m.speed)
	}
	if m.position < 0.999 || m.position > 1.001 {
		t.Errorf("position %v after a second, want 1", m.position)
	}
}
