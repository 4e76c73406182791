package ring

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// Consumer is the receiving side of an [SPSC]. One goroutine at a time may use it.
type Consumer[T any] struct {
	_ [cacheLine]byte
	// What Pop needs of spscLines, field by field, so that the compiler inlines it.
	base                              unsafe.Pointer
	mask, wordMask, line, first, step uint64

	// limit is one round ahead of the next message, and so in the same place.
	limit     uint64
	published *uint64 // where the producer reads limit
	peeked    uint64  // limit when Peek last found a message
	lines     *spscLines[T]
	Endpoint
	_ [cacheLine]byte
}

// Pop takes the oldest message, or returns false when there is none.
//
// Cost: O(1) and the copy of the value. Allocates: no. Blocks: no. Caller: owner.
//
// The message is complete when its line's word lies behind it, which is less than
// a round before the limit. The limit is released after the message was copied
// out: only then may the producer overwrite it.
//
//rt:nonblocking
//rt:nonallocating
func (c *Consumer[T]) Pop() (v T, ok bool) {
	if debug.Enabled {
		c.owner.Check("ring.Consumer")
	}
	limit, first := c.limit, c.first
	if limit-atomics.Load((*uint64)(unsafe.Add(c.base, limit&c.wordMask))) > c.mask {
		return v, false
	}
	if atomics.Explored {
		atomics.Reads(c.lines.at(limit))
	}
	v = *(*T)(unsafe.Add(c.base, limit&c.mask))
	limit += c.step
	if limit&c.line == 0 {
		limit += first
	}
	c.limit = limit
	atomics.StoreRelease(c.published, limit)
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
		limit := c.limit
		word := atomics.Load(c.lines.word(limit))
		if limit-word > c.mask {
			break
		}
		part := c.lines.run(limit, word+c.lines.round(), uint64(len(dst)-n))
		if len(part) == 0 {
			break // a hostile peer's word
		}
		if atomics.Explored {
			atomics.Reads(&part[0])
		}
		n += copy(dst[n:], part)
		c.limit = c.lines.after(limit, uint64(len(part)))
	}
	if n > 0 {
		atomics.StoreRelease(c.published, c.limit)
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
	limit := c.limit
	if limit-atomics.Load((*uint64)(unsafe.Add(c.base, limit&c.wordMask))) > c.mask {
		return nil
	}
	c.peeked = limit
	return (*T)(unsafe.Add(c.base, limit&c.mask))
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
	limit := c.limit
	if limit != c.peeked {
		return false
	}
	limit += c.step
	if limit&c.line == 0 {
		limit += c.first
	}
	c.limit = limit
	atomics.StoreRelease(c.published, limit)
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
	from := c.limit - c.lines.round()
	return int(c.lines.between(from, c.lines.end(from)))
}
