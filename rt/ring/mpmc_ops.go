package ring

import "github.com/memkit-go/memkit/internal/atomics"

// Push appends v, or answers false when the queue is full, or looks so because a
// consumer was stopped in the middle of a Pop.
//
// Cost: O(1) alone and the copy of v, one more turn per Push that wins a race. Allocates: no. Blocks: no. Caller: any.
//
// The compare-and-swap gives the position to one producer; the sequence number,
// stored last, releases the message. Vyukov, Bounded MPMC queue (2011).
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn per concurrent Push that succeeds
func (q *MPMC[T]) Push(v T) bool {
	p := atomics.Load(q.enter)
	for {
		slot := q.slots.at(p)
		ahead := int64(atomics.Load(&slot.sequence) - 2*p)
		if ahead < 0 {
			return false
		}
		if ahead == 0 && atomics.CompareAndSwap(q.enter, p, p+1) {
			if atomics.Explored {
				atomics.Writes(&slot.value)
			}
			slot.value = v
			atomics.StoreRelease(&slot.sequence, 2*p+1)
			return true
		}
		p = atomics.Load(q.enter)
	}
}

// Pop takes the oldest message, or answers false when there is none, or the
// oldest is hidden because its producer was stopped in the middle of a Push.
//
// Cost: O(1) alone and the copy of the value, one more turn per Pop that wins a race. Allocates: no. Blocks: no. Caller: any.
//
// The slot's next sequence number is released after the value was copied out:
// only then may the producer of the next round overwrite it.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn per concurrent Pop that succeeds
func (q *MPMC[T]) Pop() (v T, ok bool) {
	p := atomics.Load(q.leave)
	for {
		slot := q.slots.at(p)
		ahead := int64(atomics.Load(&slot.sequence) - (2*p + 1))
		if ahead < 0 {
			return v, false
		}
		if ahead == 0 && atomics.CompareAndSwap(q.leave, p, p+1) {
			if atomics.Explored {
				atomics.Reads(&slot.value)
			}
			v = slot.value
			atomics.StoreRelease(&slot.sequence, 2*(p+q.slots.mask+1))
			return v, true
		}
		p = atomics.Load(q.leave)
	}
}
