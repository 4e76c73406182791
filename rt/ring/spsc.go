package ring

// SPSC is a bounded queue of messages from one [Producer] to one [Consumer], for
// the lowest latency from one processor to another. Both sides are wait-free.
//
// Each slot carries the sequence number of its message, so that handing one over
// moves a single cache line: the consumer looks at the slot itself and not at an
// index that the producer writes. That is worth a third of the round trip of a
// head-and-tail queue; where blocks of data matter more than latency, use
// [Stream].
type SPSC[T any] struct {
	header *header
	mask   uint64
}

// spscSlot is one message. sequence is its position plus 1 once it is complete;
// positions count messages from 0 and never wrap in practice (at one per
// nanosecond in 584 years), and are compared modulo 2⁶⁴ anyway.
type spscSlot[T any] struct {
	sequence uint64
	value    T
}

// SPSCSize returns the bytes of region that an [SPSC] for at least capacity
// elements needs, or 0 when there is no such ring.
func SPSCSize[T any](capacity int) int {
	n, err := checkCapacity[T](kindSPSC, capacity)
	if err != nil {
		return 0
	}
	return int(spscSize[T](n))
}

// CreateSPSC makes region an empty ring for at least capacity elements: the next
// power of two. region must hold [SPSCSize] bytes, aligned to 64, and T must not
// hold Go pointers. What was in the region, a ring in use too, is overwritten.
func CreateSPSC[T any](region []byte, capacity int) (*SPSC[T], error) {
	n, err := checkCapacity[T](kindSPSC, capacity)
	if err != nil {
		return nil, err
	}
	h, err := create[T](kindSPSC, region, n, spscSize[T](n), nil)
	if err != nil {
		return nil, err
	}
	return &SPSC[T]{header: h, mask: n - 1}, nil
}

// AttachSPSC finds the ring that [CreateSPSC] made in region, usually in another
// process; messages in it stay. A region that holds something else is refused
// with a [*LayoutError].
func AttachSPSC[T any](region []byte) (*SPSC[T], error) {
	h, err := attach[T](kindSPSC, region, spscSize[T])
	if err != nil {
		return nil, err
	}
	return &SPSC[T]{header: h, mask: h.capacity - 1}, nil
}

// Cap returns the number of elements that the ring holds.
func (q *SPSC[T]) Cap() int { return int(q.mask + 1) }

// sides of an SPSC or a Stream
const (
	producing = iota
	consuming
)
