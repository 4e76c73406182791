package ring

import (
	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// Producer is the sending side of an [SPSC]. One goroutine at a time may use it.
type Producer[T any] struct {
	_     [cacheLine]byte
	slots spscSlots[T]
	next  uint64 // position of the next message
	// limit is the position at which the ring was full when the consumer was last
	// looked at; it has only moved on since.
	limit    uint64
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
	if next == p.limit {
		p.limit = atomics.Load(p.consumed) + p.slots.mask + 1
		if next == p.limit {
			return false
		}
	}
	slot := p.slots.at(next)
	if atomics.Explored {
		atomics.Writes(&slot.value)
	}
	slot.value = v
	atomics.StoreRelease(&slot.sequence, next+1)
	p.next = next + 1
	return true
}
