package ring

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
)

const (
	latestStateOrigin = unsafe.Sizeof(header{})
	latestOrigin      = latestStateOrigin + cacheLine
)

// latestStride keeps the three buffers on cache lines of their own.
func latestStride[T any]() uintptr {
	return (max(uintptr(sizeOf[T]()), 1) + cacheLine - 1) &^ (cacheLine - 1)
}

func latestSize[T any](uint64) uint64 { return uint64(latestOrigin + 3*latestStride[T]()) }

func (l *Latest[T]) state() *uint64 { return (*uint64)(l.header.at(latestStateOrigin)) }

func (l *Latest[T]) buffers() latestBuffers[T] {
	return latestBuffers[T]{l.header.at(latestOrigin)}
}

type latestBuffers[T any] struct{ base unsafe.Pointer }

// at returns buffer i, 0 to 2.
func (b latestBuffers[T]) at(i uint64) *T {
	return (*T)(unsafe.Add(b.base, uintptr(i)*latestStride[T]()))
}

// Writer claims the writing side. What an earlier writer published stays; what
// it had staged is lost. A side in use is refused with [ErrHeld].
func (l *Latest[T]) Writer() (*LatestWriter[T], error) {
	e, err := claimEndpoint(l.header, producing, "writer side")
	if err != nil {
		return nil, err
	}
	return &LatestWriter[T]{
		Endpoint: e,
		state:    l.state(),
		buffers:  l.buffers(),
		back:     atomics.Load(l.state()) & latestBack % 3,
	}, nil
}

// Reader claims the reading side. The value that an earlier reader read last is
// what Load returns until a newer one is published. A side in use is refused with
// [ErrHeld].
func (l *Latest[T]) Reader() (*LatestReader[T], error) {
	e, err := claimEndpoint(l.header, consuming, "reader side")
	if err != nil {
		return nil, err
	}
	return &LatestReader[T]{
		Endpoint: e,
		state:    l.state(),
		buffers:  l.buffers(),
		front:    latestFront(atomics.Load(l.state())),
	}, nil
}
