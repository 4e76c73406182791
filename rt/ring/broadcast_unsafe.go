package ring

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Behind the header lie the position of the next message, on a cache line of its
// own, and the slots.
const (
	broadcastPublished = unsafe.Sizeof(header{})
	broadcastOrigin    = broadcastPublished + cacheLine
)

// broadcastWords is the number of words that a message takes in a slot.
func broadcastWords[T any]() uint64 { return (sizeOf[T]() + 7) / 8 }

func broadcastSize[T any](capacity uint64) uint64 {
	if capacity < 2 {
		return 0
	}
	return wholeLines(uint64(broadcastOrigin) + capacity*8*(1+broadcastWords[T]()))
}

func broadcastView[T any](h *header, capacity uint64) *Broadcast[T] {
	return &Broadcast[T]{header: h, slots: broadcastSlots{
		published: (*uint64)(h.at(broadcastPublished)),
		base:      h.at(broadcastOrigin),
		mask:      capacity - 1,
		words:     1 + broadcastWords[T](),
	}}
}

// broadcastSlots is a view of the slots. A slot is a sequence number and the words of
// a message. The number is 2p+1 while the message of position p is being written and
// 2p+2 when it is complete.
type broadcastSlots struct {
	published *uint64 // position of the next message
	base      unsafe.Pointer
	mask      uint64
	words     uint64 // of a slot
}

// at returns the sequence number and the message's words of position p.
func (s *broadcastSlots) at(p uint64) (sequence *uint64, message []uint64) {
	slot := unsafe.Slice((*uint64)(unsafe.Add(s.base, uintptr(p&s.mask)*uintptr(s.words)*8)), s.words)
	return &slot[0], slot[1:]
}

// staging is a T of this process's own, and its words.
func staging[T any]() (*T, []uint64) {
	words := make([]uint64, max(broadcastWords[T](), 1))
	return (*T)(unsafe.Pointer(&words[0])), words[:broadcastWords[T]()]
}

// Writer claims the writing side. If an earlier writer died, the new one goes on
// behind its last complete message. A side in use is refused with [ErrHeld].
func (b *Broadcast[T]) Writer() (*BroadcastWriter[T], error) {
	e, err := claimEndpoint(b.header, producing, "writer side")
	if err != nil {
		return nil, err
	}
	w := &BroadcastWriter[T]{Endpoint: e, slots: b.slots, next: atomics.Load(b.slots.published)}
	w.staged, w.words = staging[T]()
	if sequence, _ := b.slots.at(w.next); atomics.Load(sequence) == 2*w.next+2 {
		w.next++
		atomics.StoreRelease(b.slots.published, w.next)
	}
	return w, nil
}

// Reader makes a reader, which receives the values pushed from now on.
func (b *Broadcast[T]) Reader() *BroadcastReader[T] {
	r := &BroadcastReader[T]{slots: b.slots, next: atomics.Load(b.slots.published), writer: &b.header.sides[producing], wakeup: &b.header.wakeup}
	r.staged, r.words = staging[T]()
	return r
}
