package alloc

import (
	"unsafe"

	"github.com/memkit-go/memkit/rt/arena"
)

// Typed allocates values and slices of T from an [Allocator]. Copies share it.
type Typed[T any] struct{ allocator *Allocator }

// For makes a Typed. It fails with an [*arena.PointerError] when T holds Go pointers,
// which the garbage collector would not see.
func For[T any](a *Allocator) (Typed[T], error) {
	if err := arena.PointerFree[T](); err != nil {
		return Typed[T]{}, err
	}
	return Typed[T]{a}, nil
}

// New returns a zero T. It fails as Allocator.Alloc does.
//
// Cost: O(size of T). Allocates: no, unless Overflow is Fallback. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Typed[T]) New() (*T, error) {
	p, err := t.allocator.Alloc(unsafe.Sizeof(*new(T)))
	return (*T)(p), err
}

// Slice returns n zero Ts. It fails as Allocator.Alloc does, with ErrTooLarge for a
// negative n. A slice of no elements has a block of its own too.
//
// Cost: O(n · size of T). Allocates: no, unless Overflow is Fallback. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Typed[T]) Slice(n int) ([]T, error) {
	if n < 0 {
		return nil, ErrTooLarge
	}
	p, err := t.allocator.Calloc(uintptr(n), unsafe.Sizeof(*new(T)))
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*T)(p), n), nil
}

// Free gives back a value from New. It fails as Allocator.Free does.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Typed[T]) Free(p *T) error { return t.allocator.Free(unsafe.Pointer(p)) }

// FreeSlice gives back a slice from Slice, which must begin where that began. It
// fails as Allocator.Free does.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Typed[T]) FreeSlice(s []T) error {
	return t.allocator.Free(unsafe.Pointer(unsafe.SliceData(s)))
}
