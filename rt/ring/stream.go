package ring

// Stream is a bounded queue of elements from one [StreamWriter] to one
// [StreamReader] that moves them in blocks and in place: audio frames, samples,
// bytes. Both sides are wait-free. For single messages [SPSC] has less latency.
//
// The writer reserves room, fills it and commits; the reader peeks, uses and
// releases. A block that crosses the ring's end is two slices.
type Stream[T any] struct {
	header *header
	mask   uint64
}

// StreamSize returns the bytes of region that a [Stream] for at least capacity
// elements needs, or 0 when there is no such ring.
func StreamSize[T any](capacity int) int {
	n, err := checkCapacity[T](kindStream, capacity)
	if err != nil {
		return 0
	}
	return int(streamSize[T](n))
}

// CreateStream makes region an empty ring for at least capacity elements: the next
// power of two. region must hold [StreamSize] bytes, aligned to 64, and T must not
// hold Go pointers. The content of the region is overwritten.
func CreateStream[T any](region []byte, capacity int) (*Stream[T], error) {
	n, err := checkCapacity[T](kindStream, capacity)
	if err != nil {
		return nil, err
	}
	h, err := create[T](kindStream, region, n, streamSize[T](n), nil)
	if err != nil {
		return nil, err
	}
	return &Stream[T]{header: h, mask: n - 1}, nil
}

// AttachStream finds the ring that [CreateStream] made in region, usually in
// another process; elements in it stay. A region that holds something else is
// refused with a [*LayoutError].
func AttachStream[T any](region []byte) (*Stream[T], error) {
	h, n, err := attach[T](kindStream, region, streamSize[T])
	if err != nil {
		return nil, err
	}
	return &Stream[T]{header: h, mask: n - 1}, nil
}

// Cap returns the number of elements that the ring holds.
func (s *Stream[T]) Cap() int { return int(s.mask + 1) }
