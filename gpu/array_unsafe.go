package gpu

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/arena"
)

// Array is a buffer of values of one type without Go pointers.
type Array[T any] struct {
	Buffer
	n int
}

// NewUpload makes an array that the CPU writes: the source of uploads, or a zero-copy
// argument of kernels.
func NewUpload[T any](d *Device, name string, n int) (Array[T], error) {
	return NewArray[T](d.Pool(HostCoherent), name, n, TransferSrc|Storage|Uniform)
}

// NewReadback makes an array that the CPU reads: the destination of downloads, or
// of what kernels write without a copy.
func NewReadback[T any](d *Device, name string, n int) (Array[T], error) {
	return NewArray[T](d.Pool(HostCached), name, n, TransferDst|Storage)
}

// NewDevice makes an array in the device's own memory.
func NewDevice[T any](d *Device, name string, n int, u Usage) (Array[T], error) {
	return NewArray[T](d.Pool(DeviceLocal), name, n, u)
}

// NewStorage makes an array in the device's own memory for kernels to read and
// write, and for copies.
func NewStorage[T any](d *Device, name string, n int) (Array[T], error) {
	return NewDevice[T](d, name, n, Storage|TransferSrc|TransferDst)
}

// NewUniform makes constants in the device's own memory for kernels to read.
func NewUniform[T any](d *Device, name string, n int) (Array[T], error) {
	return NewDevice[T](d, name, n, Uniform|TransferDst)
}

// NewArray makes an array in a pool that the caller has made.
func NewArray[T any](p *Pool, name string, n int, u Usage) (Array[T], error) {
	if err := arena.PointerFree[T](); err != nil {
		return Array[T]{}, errkind.Errorf(err, "gpu: array %q: %v", name, err)
	}
	var v T
	size := uint64(unsafe.Sizeof(v))
	if n < 1 || size == 0 || uint64(n) > mostBlock/size {
		return Array[T]{}, errkind.Errorf(ErrRange, "gpu: array %q: %d values of %d bytes: must be 1 byte to %d", name, n, size, uint64(mostBlock))
	}
	b, err := p.New(BufferConfig{Name: name, Size: uint64(n) * size, Usage: u})
	return Array[T]{b, n}, err
}

// Len is the number of values.
func (a Array[T]) Len() int { return a.n }

// Slice is the memory itself; see [Buffer.Bytes].
func (a Array[T]) Slice() ([]T, error) {
	b, err := a.Bytes()
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), a.n), nil
}

// Write copies values to the array from index at on, and flushes them.
func (a Array[T]) Write(at int, values []T) error {
	s, part, err := a.span("writing", at, values)
	if err != nil || len(values) == 0 {
		return err
	}
	// Flush first asks a checking backend whether the device is reading it.
	if err := part.Flush(); err != nil {
		return err
	}
	copy(s, values)
	return part.Flush()
}

// Read copies values from the array from index at on, after invalidating them.
func (a Array[T]) Read(at int, values []T) error {
	s, part, err := a.span("reading", at, values)
	if err != nil || len(values) == 0 {
		return err
	}
	if err := part.Invalidate(); err != nil {
		return err
	}
	copy(values, s)
	return nil
}

// span is the memory of as many values from index at on, and its part of the buffer,
// which is none for no values.
func (a Array[T]) span(doing string, at int, values []T) ([]T, Buffer, error) {
	s, err := a.Slice()
	if err != nil {
		return nil, Buffer{}, err
	}
	if at < 0 || at > a.n || len(values) > a.n-at {
		return nil, Buffer{}, errkind.Errorf(ErrRange, "gpu: %s %d values at %d of an array of %d", doing, len(values), at, a.n)
	}
	if len(values) == 0 {
		return nil, Buffer{}, nil
	}
	size := uint64(unsafe.Sizeof(values[0]))
	part, err := a.Part(uint64(at)*size, uint64(len(values))*size)
	return s[at : at+len(values)], part, err
}

// addressOf is where a slice's memory begins.
func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }
