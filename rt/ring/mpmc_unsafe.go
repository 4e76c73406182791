package ring

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Behind the header lie, on cache lines of their own: the position that the next
// Push claims, the one that the next Pop claims, the members and the slots.
const (
	mpmcEnter  = unsafe.Sizeof(header{})
	mpmcLeave  = mpmcEnter + cacheLine
	mpmcMember = mpmcLeave + cacheLine
	mpmcOrigin = mpmcMember + maxMembers*unsafe.Sizeof(side{})
)

func mpmcSize[T any](capacity uint64) uint64 {
	return wholeLines(uint64(mpmcOrigin) + capacity*sizeOf[mpmcSlot[T]]())
}

func mpmcView[T any](h *header, capacity uint64) *MPMC[T] {
	return &MPMC[T]{
		header: h,
		slots:  mpmcSlots[T]{h.at(mpmcOrigin), capacity - 1},
		enter:  (*uint64)(h.at(mpmcEnter)),
		leave:  (*uint64)(h.at(mpmcLeave)),
	}
}

func mpmcMembers(h *header) *[maxMembers]side {
	return (*[maxMembers]side)(h.at(mpmcMember))
}

type mpmcSlots[T any] struct {
	base unsafe.Pointer
	mask uint64
}

// at returns the slot of position p.
func (s *mpmcSlots[T]) at(p uint64) *mpmcSlot[T] {
	return (*mpmcSlot[T])(unsafe.Add(s.base, uintptr(p&s.mask)*unsafe.Sizeof(*(*mpmcSlot[T])(nil))))
}

// count returns how many slots from position p on, up to limit, hold the message of
// their position (full 1), or await it (full 0), without a gap.
func (s *mpmcSlots[T]) count(p, limit, full uint64) (n uint64) {
	for limit = min(limit, s.mask+1); n < limit && atomics.Load(&s.at(p+n).sequence) == 2*(p+n)+full; n++ {
	}
	return n
}

// mpmcReset makes the queue behind h empty.
func mpmcReset[T any](h *header, capacity uint64) {
	q := mpmcView[T](h, capacity)
	atomics.Store(q.enter, 0)
	atomics.Store(q.leave, 0)
	for p := range capacity {
		atomics.Store(&q.slots.at(p).sequence, 2*p)
	}
}
