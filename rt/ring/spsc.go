package ring

// SPSC is a bounded queue of messages from one [Producer] to one [Consumer], for
// the lowest latency from one processor to another. Both sides are wait-free.
//
// A message travels in the same cache line as the word that says that it is
// complete, so that handing it over moves a single line: the consumer looks at the
// message itself and not at an index that the producer writes somewhere else.
// Messages of at most 16 bytes share a line and its word, so that a stream of them
// moves fewer lines: seven of up to 8 bytes, three of up to 16. A larger one takes a
// power of two of bytes. Where elements are used in place in blocks of any length,
// use [Stream].
type SPSC[T any] struct {
	header *header
	lines  spscLines[T]
}

// SPSCSize returns the bytes of region that an [SPSC] for at least capacity
// messages needs, or 0 when there is no such ring.
func SPSCSize[T any](capacity int) int {
	n, err := spscLineCount[T](capacity)
	if err != nil {
		return 0
	}
	return int(spscSize[T](n))
}

// CreateSPSC makes region an empty ring for at least capacity messages: what fits
// into a number of lines that is a power of two, see [SPSC.Cap]. region must hold
// [SPSCSize] bytes, aligned to 64, and T must not hold Go pointers. The content of
// the region, also a ring in use, is overwritten.
func CreateSPSC[T any](region []byte, capacity int) (*SPSC[T], error) {
	n, err := spscLineCount[T](capacity)
	if err != nil {
		return nil, err
	}
	h, err := create[T](kindSPSC, region, n, spscSize[T](n), spscReset[T])
	if err != nil {
		return nil, err
	}
	return spscView[T](h, n), nil
}

// AttachSPSC finds the ring that [CreateSPSC] made in region, usually in another
// process; messages in it stay. A region that holds something else is refused
// with a [*LayoutError].
func AttachSPSC[T any](region []byte) (*SPSC[T], error) {
	h, n, err := attach[T](kindSPSC, region, spscSize[T])
	if err != nil {
		return nil, err
	}
	return spscView[T](h, n), nil
}

// spscLineCount returns how many lines a ring for at least capacity messages has, a
// power of two.
func spscLineCount[T any](capacity int) (lines uint64, err error) {
	if _, err := checkCapacity[T](kindSPSC, capacity); err != nil {
		return 0, err
	}
	each := int(spscEach[T]())
	return powerOfTwo((capacity + each - 1) / each), nil
}

// Cap returns the number of messages that the ring holds.
func (q *SPSC[T]) Cap() int { return int(q.lines.capacity()) }

// The sides of a ring with two.
const (
	producing = iota
	consuming
)
