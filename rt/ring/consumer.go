package ring

import (
	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// Consumer is the receiving side of an [SPSC]. One goroutine at a time may use it.
type Consumer[T any] struct {
	_        [cacheLine]byte
	slots    spscSlots[T]
	next     uint64  // position of the next message
	consumed *uint64 // where the producer reads next
	Endpoint
	_ [cacheLine]byte
}

// Pop takes the oldest message, or answers false when there is none.
//
// Cost: O(1) and the copy of the value. Allocates: no. Blocks: no. Caller: owner.
//
// The position is released after the value was copied out: only then may the
// producer overwrite the slot.
//
//rt:nonblocking
//rt:nonallocating
func (c *Consumer[T]) Pop() (v T, ok bool) {
	if debug.Enabled {
		c.owner.Check("ring.Consumer")
	}
	slot := c.slots.at(c.next)
	if atomics.Load(&slot.sequence) != c.next+1 {
		return v, false
	}
	if atomics.Explored {
		atomics.Reads(&slot.value)
	}
	v = slot.value
	c.next++
	atomics.StoreRelease(c.consumed, c.next)
	return v, true
}
