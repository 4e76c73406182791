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
	base                 unsafe.Pointer
	mask, wordMask, step uint64
	taken                *uint64 // where the producer reads next

	next   uint64 // position of the message that is taken next
	peeked uint64 // next when Peek last found a message
	lines  *spscLines[T]
	Endpoint
	_ [cacheLine]byte
}

// Pop takes the oldest message, or returns false when there is none.
//
// Cost: O(1) and the copy of the value. Allocates: no. Blocks: no. Caller: owner.
//
// The message is complete when its line's word lies behind it. The position is
// released after the message was copied out: only then may the producer overwrite
// it.
//
//rt:nonblocking
//rt:nonallocating
func (c *Consumer[T]) Pop() (v T, ok bool) {
	if debug.Enabled {
		c.owner.Check("ring.Consumer")
	}
	base, next, step := c.base, c.next, c.step
	if ahead := atomics.Load((*uint64)(unsafe.Add(base, next&c.wordMask))) - next; int64(ahead) > 0 {
		if atomics.Explored {
			atomics.Reads(c.lines.at(next))
		}
		v, ok = *(*T)(unsafe.Add(base, next&c.mask)), true
		next += step
		if next%sharedLine == 0 {
			next += step
		}
		c.next = next
		atomics.StoreRelease(c.taken, next)
	}
	return v, ok
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
		word := atomics.Load(c.lines.word(next))
		if int64(word-next) <= 0 {
			break
		}
		count := c.lines.run(next, word, uint64(len(dst)-n))
		if count == 0 {
			break // a hostile peer's word
		}
		c.lines.get(next, dst[n:n+int(count)])
		c.next = c.lines.after(next, count)
		n += int(count)
	}
	if n > 0 {
		atomics.StoreRelease(c.taken, c.next)
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
	base, next := c.base, c.next
	if ahead := atomics.Load((*uint64)(unsafe.Add(base, next&c.wordMask))) - next; int64(ahead) <= 0 {
		return nil
	}
	c.peeked = next
	return (*T)(unsafe.Add(base, next&c.mask))
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
	next, step := c.next, c.step
	if next != c.peeked {
		return false
	}
	next += step
	if next%sharedLine == 0 {
		next += step
	}
	c.next = next
	atomics.StoreRelease(c.taken, next)
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
	return int(c.lines.between(c.next, c.lines.end(c.next)))
}
