package tlsf

import (
	"sync/atomic"

	"github.com/memkit-go/memkit/internal/atomics"
)

// remoteQueue is a bounded lock-free queue of block indices: any thread pushes,
// the owner pops.
//
// Position p of the endless queue lies in slot p mod n, and its lap is p div n.
// A slot holds a lap in its high half and a block, or 0, in its low half. Only
// a push of that lap fills an empty slot, and only the owner empties a full one
// and moves it to the next lap; so a push that was preempted for whole laps fails
// instead of filling a slot out of turn. A push that finds its slot filled by
// another moves the tail on the other's behalf, so no thread waits for one that
// was preempted halfway. After Tsigas and Zhang, "A simple, fast and scalable
// non-blocking concurrent FIFO queue for shared memory multiprocessor systems",
// SPAA 2001, with laps in place of their two kinds of null.
type remoteQueue struct {
	slots []atomics.Uint64
	shift uint32 // log2 of len(slots)
	head  uint64 // the owner's: position of the next pop

	// waiting has bit b/2 set while block b is in the queue, so that no block is in it
	// twice. A thread changes a bit before it pushes the block, and the owner after it
	// popped it, so the bits are no part of the queue's own protocol.
	waiting []atomic.Uint64

	_    [cacheLine]byte
	tail atomics.Uint64 // position of the next push; lags behind by at most 1
	_    [cacheLine - 8]byte
}

const cacheLine = 64

func (q *remoteQueue) init(slots int) {
	q.slots = make([]atomics.Uint64, slots)
	for 1<<q.shift < slots {
		q.shift++
	}
}

// reach makes room for the marks of blocks below span words. It and empty must not
// run at the same time as push. The marks are written, so that they are resident.
func (q *remoteQueue) reach(span uint32) {
	q.waiting = make([]atomic.Uint64, span/128+1)
	for i := range q.waiting {
		q.waiting[i].Store(0)
	}
}

func (q *remoteQueue) empty() {
	for b := q.pop(); b != 0; b = q.pop() {
		q.unmark(b)
	}
	for i := range q.slots {
		q.slots[i].Store(0)
	}
	q.head = 0
	q.tail.Store(0)
}

// mark is the word and the bit that are set while block 2·unit+1 is in the queue.
func (q *remoteQueue) mark(unit uint64) (word *atomic.Uint64, bit uint64) {
	return &q.waiting[unit/64], 1 << (unit % 64)
}

// unmark says that block b is in the queue no longer. The owner does it before it
// frees the block, so that the next user of its memory can hand it over again.
func (q *remoteQueue) unmark(b uint32) {
	word, bit := q.mark(uint64(b / 2))
	word.And(^bit)
}

// pop removes the oldest block. It returns 0 when there is none.
func (q *remoteQueue) pop() uint32 {
	slot := &q.slots[q.head&uint64(len(q.slots)-1)]
	b := uint32(slot.Load())
	if b != 0 {
		lap := uint32(q.head >> q.shift)
		slot.Store(uint64(lap+1) << 32)
		q.head++
	}
	return b
}
