package ring

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Behind the header lie, each on cache lines of its own: how many elements were
// committed, how many were released, and the elements.
const (
	streamCommitted = unsafe.Sizeof(header{})
	streamReleased  = streamCommitted + cacheLine
	streamOrigin    = streamReleased + cacheLine
)

func streamSize[T any](capacity uint64) uint64 {
	return wholeLines(uint64(streamOrigin) + max(capacity*sizeOf[T](), 1)) // empty elements start inside the region too
}

func (s *Stream[T]) committed() *uint64 { return (*uint64)(s.header.at(streamCommitted)) }
func (s *Stream[T]) released() *uint64  { return (*uint64)(s.header.at(streamReleased)) }

func (s *Stream[T]) elements() []T {
	return unsafe.Slice((*T)(s.header.at(streamOrigin)), s.mask+1)
}

// Writer claims the writing side. Elements that an earlier writer committed stay;
// what it had only reserved is lost. A side in use is refused with [ErrHeld].
func (s *Stream[T]) Writer() (*StreamWriter[T], error) {
	e, err := claimEndpoint(s.header, producing, "writer side")
	if err != nil {
		return nil, err
	}
	return &StreamWriter[T]{
		Endpoint:  e,
		elements:  s.elements(),
		committed: s.committed(),
		released:  s.released(),
		next:      atomics.Load(s.committed()),
		head:      atomics.Load(s.released()),
	}, nil
}

// Reader claims the reading side. It starts with the oldest element that no
// reader released. A side in use is refused with [ErrHeld].
func (s *Stream[T]) Reader() (*StreamReader[T], error) {
	e, err := claimEndpoint(s.header, consuming, "reader side")
	if err != nil {
		return nil, err
	}
	return &StreamReader[T]{
		Endpoint:  e,
		elements:  s.elements(),
		committed: s.committed(),
		released:  s.released(),
		next:      atomics.Load(s.released()),
		tail:      atomics.Load(s.released()),
	}, nil
}
