package ring

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// Producer is the sending side of an [SPSC]. One goroutine at a time may use it.
type Producer[T any] struct {
	_ [cacheLine]byte
	// What Push needs of spscLines, field by field, so that the compiler inlines it.
	base                        unsafe.Pointer
	mask, wordMask, step, round uint64
	taken                       *uint64 // the consumer's position

	next uint64 // position of the next message
	// limit is one round ahead of the consumer when last looked at; it has only
	// moved on since.
	limit uint64
	lines *spscLines[T]
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
		p.limit = atomics.Load(p.taken) + p.round
		if next == p.limit {
			return false
		}
	}
	if atomics.Explored {
		atomics.Writes(p.lines.at(next))
	}
	after := next + p.step
	if after%sharedLine == 0 {
		after += p.step
	}
	*(*T)(unsafe.Add(p.base, next&p.mask)) = v
	atomics.StoreRelease((*uint64)(unsafe.Add(p.base, next&p.wordMask)), after)
	p.next = after
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
	for n < len(src) {
		next := p.next
		if next == p.limit {
			p.limit = atomics.Load(p.taken) + p.round
		}
		count := p.lines.run(next, p.limit, uint64(len(src)-n))
		if count == 0 {
			break
		}
		p.lines.put(next, src[n:n+int(count)])
		p.next = p.lines.after(next, count)
		atomics.StoreRelease(p.lines.word(next), p.next)
		n += int(count)
	}
	return n
}

// Stage returns the room for the next message, to be filled in place, or nil when
// the ring is full. It holds an older message, and is the producer's until
// Publish. A write to it also brings its cache line to this processor, so that the
// next message leaves at once: worth while in a loop that waits for an answer.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Producer[T]) Stage() *T {
	if debug.Enabled {
		p.owner.Check("ring.Producer")
	}
	next := p.next
	if next == p.limit {
		p.limit = atomics.Load(p.taken) + p.round
		if next == p.limit {
			return nil
		}
	}
	return (*T)(unsafe.Add(p.base, next&p.mask))
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
	next, step := p.next, p.step
	if next == p.limit {
		return false
	}
	after := next + step
	if after%sharedLine == 0 {
		after += step
	}
	atomics.StoreRelease((*uint64)(unsafe.Add(p.base, next&p.wordMask)), after)
	p.next = after
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
	return int(p.lines.between(atomics.Load(p.taken), p.next))
}
