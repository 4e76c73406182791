package alloc

import (
	"math/bits"
	"unsafe"
)

// Calloc returns count·size zeroed bytes. It fails with ErrTooLarge when the product
// overflows, and else as Alloc does.
//
// Cost: O(count·size) for the clearing. Allocates: no, unless Overflow is Fallback. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (a *Allocator) Calloc(count, size uintptr) (unsafe.Pointer, error) {
	over, n := bits.Mul64(uint64(count), uint64(size))
	if over != 0 || n > uint64(^uintptr(0)) {
		return a.overflow(^uintptr(0), 1, ErrTooLarge)
	}
	return a.Alloc(uintptr(n))
}

// Size is how many bytes the block at p can hold: the size of its request, or more.
// It fails as Free does.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (a *Allocator) Size(p unsafe.Pointer) (uintptr, error) {
	if a.classEnd > 0 && a.classes.Owns(p) {
		size, err := a.classes.Size(p)
		return size, classError(err)
	}
	size, err := a.heap.Size(p)
	if err != nil && len(a.fallback) > 0 {
		if b, ok := a.fallback[p]; ok {
			return b.size, nil
		}
	}
	return size, err
}

// Realloc makes the block at p hold n bytes, of which the first that it held before
// keep their content. It moves the block when it must, and keeps the alignment that
// AllocAligned was asked for. A nil p asks for a new block. When it fails, as Free or
// AllocUninit does, the block is unchanged.
//
// Cost: O(n) when it moves, else O(1). Allocates: no, unless Overflow is Fallback. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (a *Allocator) Realloc(p unsafe.Pointer, n uintptr) (unsafe.Pointer, error) {
	if a.watched {
		return a.watchRealloc(p, n)
	}
	return a.realloc(p, n)
}

func (a *Allocator) realloc(p unsafe.Pointer, n uintptr) (unsafe.Pointer, error) {
	if p == nil {
		return a.alloc(n)
	}
	size, err := a.Size(p)
	if err != nil {
		return nil, err
	}
	switch {
	case n > a.max:
		return a.overflow(n, 1, ErrLimit)
	case a.classEnd > 0 && a.classes.Owns(p):
		if n <= size {
			return p, nil
		}
		return a.move(p, size, n, blockAlign)
	case a.heap.Owns(p):
		q, err := a.heap.Realloc(p, n)
		if err != ErrExhausted && err != ErrTooLarge {
			return q, err
		}
		align, err2 := a.heap.Alignment(p)
		if err2 != nil {
			return nil, err2
		}
		if q, err = a.overflow(n, align, err); err != nil {
			return nil, err
		}
		copyBytes(q, p, min(size, n))
		return q, a.heap.Free(p)
	}
	if n <= size {
		return p, nil
	}
	return a.move(p, size, n, a.fallback[p].align)
}

// move gives the block at p, of size bytes, a new place of n bytes.
func (a *Allocator) move(p unsafe.Pointer, size, n, align uintptr) (unsafe.Pointer, error) {
	q, err := a.allocAligned(n, align)
	if err != nil {
		return nil, err
	}
	copyBytes(q, p, min(size, n))
	return q, a.free(p)
}

func copyBytes(dst, src unsafe.Pointer, n uintptr) {
	copy(unsafe.Slice((*byte)(dst), n), unsafe.Slice((*byte)(src), n))
}
