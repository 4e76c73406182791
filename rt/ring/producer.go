package ring

import (
	"sync/atomic"

	"github.com/memkit-go/memkit/internal/debug"
)

// Producer is the sending side of an [SPSC]. One goroutine at a time may use it.
type Producer[T any] struct {
	_     [cacheLine]byte
	slots spscSlots[T]
	next  uint64 // position of the next message
	// head is where the consumer was when last looked at. The ring is not full
	// as long as next is within one round of it, whatever the consumer did since.
	head     uint64
	consumed *uint64 // the consumer's position
	Endpoint
	_ [cacheLine]byte
}

// Push appends v, or answers false when the ring is full.
//
// Cost: O(1) and the copy of v. Allocates: no. Blocks: no. Caller: owner.
//
// The slot's sequence number is stored last and releases the value: whoever
// reads the one may read the other. Lamport, Proving the Correctness of
// Multiprocess Programs, IEEE TSE 3 (1977); Vyukov, Bounded MPMC queue (2011).
//
//rt:nonblocking
//rt:nonallocating
func (p *Producer[T]) Push(v T) bool {
	if debug.Enabled {
		p.owner.Check("ring.Producer")
	}
	next := p.next
	if next-p.head > p.slots.mask {
		p.head = atomic.LoadUint64(p.consumed)
		if next-p.head > p.slots.mask {
			return false
		}
	}
	slot := p.slots.at(next)
	slot.value = v
	storeRelease(&slot.sequence, next+1)
	p.next = next + 1
	return true
}
