package ring

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
)

// spscOrigin is where the slots start: behind the header and the consumer's
// position.
const spscOrigin = unsafe.Sizeof(header{}) + cacheLine

func spscSize[T any](capacity uint64) uint64 {
	return wholeLines(uint64(spscOrigin) + capacity*sizeOf[spscSlot[T]]())
}

// head is the consumer's position in the region.
func (q *SPSC[T]) head() *uint64 { return (*uint64)(q.header.at(unsafe.Sizeof(header{}))) }

// spscSlots is an endpoint's view of the slots.
type spscSlots[T any] struct {
	base unsafe.Pointer
	mask uint64
}

func (q *SPSC[T]) slots() spscSlots[T] {
	return spscSlots[T]{q.header.at(spscOrigin), q.mask}
}

// at returns the slot of position i.
func (s *spscSlots[T]) at(i uint64) *spscSlot[T] {
	return (*spscSlot[T])(unsafe.Add(s.base, uintptr(i&s.mask)*unsafe.Sizeof(*(*spscSlot[T])(nil))))
}

// Producer claims the ring's sending side. If an earlier producer died, the new
// one goes on behind the last complete message; a message that was being written
// is lost. A side that is in use is refused with [ErrHeld].
func (q *SPSC[T]) Producer() (*Producer[T], error) {
	e, err := claimEndpoint(q.header, producing, "producer side")
	if err != nil {
		return nil, err
	}
	p := &Producer[T]{Endpoint: e, slots: q.slots(), consumed: q.head()}
	p.next = atomics.Load(p.consumed)
	p.limit = p.next + q.mask + 1
	for p.next != p.limit && atomics.Load(&p.slots.at(p.next).sequence) == p.next+1 {
		p.next++
	}
	return p, nil
}

// Consumer claims the ring's receiving side. If an earlier consumer died while
// it copied a message out, the new one receives that message again; every other
// message arrives exactly once. A side that is in use is refused with [ErrHeld].
func (q *SPSC[T]) Consumer() (*Consumer[T], error) {
	e, err := claimEndpoint(q.header, consuming, "consumer side")
	if err != nil {
		return nil, err
	}
	c := &Consumer[T]{Endpoint: e, slots: q.slots(), consumed: q.head()}
	c.next = atomics.Load(c.consumed)
	return c, nil
}
