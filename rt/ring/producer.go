package ring

import (
	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// Producer is the sending side of an [SPSC]. One goroutine at a time may use it.
type Producer[T any] struct {
	_     [cacheLine]byte
	cells spscCells[T]
	next  uint64 // position of the next message
	// limit is the position at which the ring was full when the consumer was last
	// looked at; it has only moved on since.
	limit    uint64
	consumed *uint64 // the consumer's position
	Endpoint
	_ [cacheLine]byte
}

// Push appends v, or returns false when the ring is full.
//
// Cost: O(1) and the copy of v. Allocates: no. Blocks: no. Caller: owner.
//
// The line's word is stored last and releases the message: whoever reads the one
// may read the other. Lamport, Proving the Correctness of Multiprocess Programs,
// IEEE TSE 3 (1977), section 3.
//
//rt:nonblocking
//rt:nonallocating
func (p *Producer[T]) Push(v T) bool {
	if debug.Enabled {
		p.owner.Check("ring.Producer")
	}
	next := p.next
	if next == p.limit {
		p.limit = atomics.Load(p.consumed) + p.cells.mask + 1
		if next == p.limit {
			return false
		}
	}
	slot := p.cells.at(next)
	if atomics.Explored {
		atomics.Writes(slot)
	}
	*slot = v
	p.next = p.cells.after(next, 1)
	atomics.StoreRelease(p.cells.word(next), p.next)
	return true
}

// PushBatch appends messages of src until the ring is full and returns how many.
// The consumer may see the first before the last is appended.
//
// Cost: O(len(src)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(src)
func (p *Producer[T]) PushBatch(src []T) (n int) {
	if debug.Enabled {
		p.owner.Check("ring.Producer")
	}
	room := p.cells.between(p.next, p.limit)
	if room < uint64(len(src)) {
		p.limit = atomics.Load(p.consumed) + p.cells.mask + 1
		room = p.cells.between(p.next, p.limit)
	}
	for src = src[:min(room, uint64(len(src)))]; n < len(src); {
		next := p.next
		part := p.cells.run(next, min(p.cells.left(next), uint64(len(src)-n)))
		if atomics.Explored {
			atomics.Writes(&part[0])
		}
		n += copy(part, src[n:])
		p.next = p.cells.after(next, uint64(len(part)))
		atomics.StoreRelease(p.cells.word(next), p.next)
	}
	return n
}

// Stage returns the room for the next message, to be filled in place, or nil when
// the ring is full. It holds an older message, and is the producer's until
// Publish.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Producer[T]) Stage() *T {
	if debug.Enabled {
		p.owner.Check("ring.Producer")
	}
	if p.next == p.limit {
		p.limit = atomics.Load(p.consumed) + p.cells.mask + 1
		if p.next == p.limit {
			return nil
		}
	}
	return p.cells.at(p.next)
}

// Publish appends what lies in the room that Stage returned. It returns false, and
// appends nothing, when the ring was full.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Producer[T]) Publish() bool {
	if debug.Enabled {
		p.owner.Check("ring.Producer")
	}
	next := p.next
	if next == p.limit {
		return false
	}
	p.next = p.cells.after(next, 1)
	atomics.StoreRelease(p.cells.word(next), p.next)
	return true
}

// Len returns the number of messages that the consumer has not taken. It may have
// taken some before Len returns.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Producer[T]) Len() int {
	return int(p.cells.between(atomics.Load(p.consumed), p.next))
}
