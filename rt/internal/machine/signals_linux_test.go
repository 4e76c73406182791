package machine

import (
	"slices"
	"testing"
)

func TestSynchronousSignalsAreKept(t *testing.T) {
	if !slices.Contains(synchronous, 33) || len(synchronous) != 9 {
		t.Errorf("synchronous signals %v", synchronous)
	}
}
