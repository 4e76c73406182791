package ring

import (
	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// Consumer is the receiving side of an [SPSC]. One goroutine at a time may use it.
type Consumer[T any] struct {
	_     [cacheLine]byte
	cells spscCells[T]
	next  uint64 // position of the next message
	// known is a position before which all messages are complete: next, or behind.
	known    uint64
	consumed *uint64 // where the producer reads next
	Endpoint
	_ [cacheLine]byte
}

// Pop takes the oldest message, or returns false when there is none.
//
// Cost: O(1) and the copy of the value. Allocates: no. Blocks: no. Caller: owner.
//
// The position is released after the message was copied out: only then may the
// producer overwrite it.
//
//rt:nonblocking
//rt:nonallocating
func (c *Consumer[T]) Pop() (v T, ok bool) {
	if debug.Enabled {
		c.owner.Check("ring.Consumer")
	}
	next := c.next
	if next == c.known {
		word := atomics.Load(c.cells.word(next))
		if int64(word-next) <= 0 {
			return v, false
		}
		c.known = word
	}
	slot := c.cells.at(next)
	if atomics.Explored {
		atomics.Reads(slot)
	}
	v = *slot
	c.next = c.cells.after(next, 1)
	atomics.StoreRelease(c.consumed, c.next)
	return v, true
}

// PopBatch takes messages into dst until dst is full or the ring is empty, and
// returns how many.
//
// Cost: O(len(dst)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(dst)
func (c *Consumer[T]) PopBatch(dst []T) (n int) {
	if debug.Enabled {
		c.owner.Check("ring.Consumer")
	}
	for n < len(dst) {
		next := c.next
		if next == c.known {
			word := atomics.Load(c.cells.word(next))
			if int64(word-next) <= 0 {
				break
			}
			c.known = word
		}
		known := c.cells.between(next, c.known)
		part := c.cells.run(next, min(known, c.cells.left(next), uint64(len(dst)-n)))
		if len(part) == 0 {
			break // a hostile peer's word
		}
		if atomics.Explored {
			atomics.Reads(&part[0])
		}
		n += copy(dst[n:], part)
		c.next = c.cells.after(next, uint64(len(part)))
	}
	if n > 0 {
		atomics.StoreRelease(c.consumed, c.next)
	}
	return n
}

// Peek returns the oldest message in place, or nil when there is none. It is the
// consumer's until Release.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Consumer[T]) Peek() *T {
	if debug.Enabled {
		c.owner.Check("ring.Consumer")
	}
	if c.next == c.known {
		word := atomics.Load(c.cells.word(c.next))
		if int64(word-c.next) <= 0 {
			return nil
		}
		c.known = word
	}
	return c.cells.at(c.next)
}

// Release takes the message that Peek returned. It returns false, and takes
// nothing, when Peek has found none.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Consumer[T]) Release() bool {
	if debug.Enabled {
		c.owner.Check("ring.Consumer")
	}
	if c.next == c.known {
		return false
	}
	c.next = c.cells.after(c.next, 1)
	atomics.StoreRelease(c.consumed, c.next)
	return true
}

// Len returns the number of messages that are complete. The producer may have
// appended more before Len returns.
//
// Cost: O(log capacity). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the binary logarithm of the number of lines
func (c *Consumer[T]) Len() int {
	return int(c.cells.between(c.next, c.cells.end(c.next)))
}
