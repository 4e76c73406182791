package tlsf

import (
	"unsafe"

	"github.com/memkit-go/memkit/rt/arena"
)

// Typed allocates values and slices of T from a heap. Copies share the heap.
type Typed[T any] struct{ heap *Heap }

// For makes a Typed. It fails with an [*arena.PointerError] when T holds Go pointers,
// which the garbage collector would not see.
func For[T any](h *Heap) (Typed[T], error) {
	if err := arena.PointerFree[T](); err != nil {
		return Typed[T]{}, err
	}
	return Typed[T]{h}, nil
}

// New returns a zero T, or nil when no free block is large enough.
// Cost: O(size of T). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Typed[T]) New() *T {
	p := (*T)(t.heap.Alloc(unsafe.Sizeof(*new(T))))
	if p != nil {
		clear(unsafe.Slice(p, 1))
	}
	return p
}

// Slice returns n zero Ts, or nil when no free block is large enough or n is
// negative. A slice of no elements has a block of its own too.
// Cost: O(n · size of T). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Typed[T]) Slice(n int) []T {
	if n < 0 {
		t.heap.failures++
		return nil
	}
	p, err := t.heap.Calloc(uintptr(n), unsafe.Sizeof(*new(T)))
	if err != nil {
		return nil
	}
	return unsafe.Slice((*T)(p), n)
}

// Free gives back a value from New. It fails as Heap.Free does.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Typed[T]) Free(p *T) error { return t.heap.Free(unsafe.Pointer(p)) }

// FreeSlice gives back a slice from Slice, which must begin where that began. It
// fails as Heap.Free does.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Typed[T]) FreeSlice(s []T) error { return t.heap.Free(unsafe.Pointer(unsafe.SliceData(s))) }
