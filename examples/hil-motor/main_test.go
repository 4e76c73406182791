package main

import (
	"strings"
	"testing"

	"github.com/memkit-go/memkit/hil"
)

// TestMotor is how a rig is a test.
func TestMotor(t *testing.T) {
	plain, faulty, err := scenarios(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("start", func(t *testing.T) { hil.Test(t, plain) })
	t.Run("faults", func(t *testing.T) { hil.Test(t, faulty) })
}

// A run and its repetition have one hash.
func TestReplay(t *testing.T) {
	var hashes []uint64
	for range 2 {
		_, faulty, err := scenarios(7)
		if err != nil {
			t.Fatal(err)
		}
		report, err := faulty.Evaluate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, report.Result.Hash)
	}
	if hashes[0] != hashes[1] {
		t.Errorf("hashes %x", hashes)
	}
}

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(&out, 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"PASS start", "PASS MOT-3", "undo pause on controller"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output has no %q:\n%s", want, out.String())
		}
	}
}
