//go:build !rtdebug

package tlsf

import (
	"testing"
	"unsafe"
)

// TestDebugCostsNothing: without the tag a heap has not one byte more. That it
// has not one instruction more is what the golden file of counts says.
func TestDebugCostsNothing(t *testing.T) {
	var h Heap
	if unsafe.Sizeof(heapDebug{}) != 0 || unsafe.Offsetof(h.setup) != unsafe.Offsetof(h.remoteErrors)+unsafe.Sizeof(h.remoteErrors) {
		t.Errorf("debug state of %d bytes between %d and %d", unsafe.Sizeof(heapDebug{}), unsafe.Offsetof(h.remoteErrors), unsafe.Offsetof(h.setup))
	}
	heap := newHeap(t, 1<<16, Config{})
	alloc(t, heap, 100)
	heap.HandOver()
	if err := heap.Close(); err != nil {
		t.Error(err)
	}
}
