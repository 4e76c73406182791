package alloc

import (
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/hotpath"
)

//go:noinline
func hotAlloc(a *Allocator, n uintptr) (unsafe.Pointer, error) { return a.AllocUninit(n) }

//go:noinline
func hotAllocAligned(a *Allocator, n, align uintptr) (unsafe.Pointer, error) {
	return a.AllocAligned(n, align)
}

//go:noinline
func hotFree(a *Allocator, p unsafe.Pointer) error { return a.Free(p) }

// TestHotPaths counts what the allocator adds to the classes and the heap, which
// have tests of their own.
func TestHotPaths(t *testing.T) {
	a := newAllocator(64<<10, Config{Classes: testClasses})
	hotFree(a, must(hotAlloc(a, 10)))
	hotFree(a, must(hotAllocAligned(a, 10, 64)))

	parts := []string{
		"rt/pool.(*Classes).", "rt/tlsf.(*Heap).", // bounded themselves
		"rt/alloc.(*Allocator).watch",                                          // hooks are the user's
		"rt/alloc.(*Allocator).overflow", "rt/alloc.(*Allocator).freeFallback", // memory ran out
		"rt/alloc.classError", // a refused Free
	}
	hotpath.Check(t, "rt/alloc", []hotpath.Op{
		{Name: "hotAlloc", Calls: parts},
		{Name: "hotAllocAligned", Calls: parts},
		{Name: "hotFree", Calls: parts},
	})
}
