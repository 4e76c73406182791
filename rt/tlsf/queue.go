package tlsf

import "github.com/memkit-go/memkit/internal/atomics"

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
	q.empty()
}

// empty must not run at the same time as push.
func (q *remoteQueue) empty() {
	for i := range q.slots {
		q.slots[i].Store(0)
	}
	q.head = 0
	q.tail.Store(0)
}

// push appends b>0. It reports false when the queue is full.
func (q *remoteQueue) push(b uint32) bool {
	for {
		t := q.tail.Load()
		lap := uint32(t >> q.shift)
		slot := &q.slots[t&uint64(len(q.slots)-1)]
		v := slot.Load()
		switch ahead := int32(uint32(v>>32) - lap); {
		case v == uint64(lap)<<32:
			if slot.CompareAndSwap(v, v|uint64(b)) {
				q.tail.CompareAndSwap(t, t+1)
				return true
			}
		case ahead >= 0: // filled by another push, perhaps even popped since
			q.tail.CompareAndSwap(t, t+1)
		case q.tail.Load() == t: // holds a block of the lap before
			return false
		}
	}
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
