package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out, 100); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), ": 16000 bytes\n"); n != 100 {
		t.Errorf("%d of 100 frames hold 16000 bytes:\n%s", n, out.String())
	}
}
