package main

import (
	"unsafe"

	"github.com/memkit-go/memkit/rt/alloc"
)

// samples allocates n zeroed samples.
func samples(a *alloc.Allocator, n int) ([]float32, error) {
	p, err := a.Alloc(uintptr(n) * unsafe.Sizeof(float32(0)))
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*float32)(p), n), nil
}

// release frees what samples returned. It cannot fail for such a slice.
func release(a *alloc.Allocator, s []float32) { _ = a.Free(unsafe.Pointer(unsafe.SliceData(s))) }
