//go:build linux && go1.26 && !go1.27 && (amd64 || arm64)

package machine

import (
	"testing"
	"unsafe"
)

// TestStackGuard: the word that is read is the goroutine's stack limit, a little
// below every local, or the request that takes its place.
func TestStackGuard(t *testing.T) {
	var local byte
	here, seen := uintptr(unsafe.Pointer(&local)), false
	for range 1000 {
		guard := stackGuard()
		if guard == stackPreempt {
			continue
		}
		seen = true
		if guard >= here || here-guard > 1<<20 {
			t.Fatalf("stack guard %#x, a local is at %#x", guard, here)
		}
	}
	if !seen {
		t.Error("every look found a request")
	}
}
