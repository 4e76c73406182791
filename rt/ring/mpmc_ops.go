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
	enter := q.enter
	for {
		p := atomics.Load(enter)
		slot := q.slots.at(p)
		sequence := atomics.Load(&slot.sequence)
		if sequence == 2*p && atomics.CompareAndSwap(enter, p, p+1) {
			if atomics.Explored {
				atomics.Writes(&slot.value)
			}
			slot.value = v
			atomics.StoreRelease(&slot.sequence, sequence+1)
			return true
		}
		if atomics.Load(enter) == p {
			return false
		}
	}
}

// PushBatch appends messages of src until the queue is full, or looks so, and
// returns how many. They follow each other without another producer's between
// them.
//
// Cost: O(len(src)), again for each Push that wins a race. Allocates: no. Blocks: no. Caller: any.
//
// Slots that are empty at positions from enter on stay so until a producer claims
// their positions, which one compare-and-swap does for all of them.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(src) for each concurrent Push that succeeds
func (q *MPMC[T]) PushBatch(src []T) int {
	for {
		p := atomics.Load(q.enter)
		n := q.slots.count(p, uint64(len(src)), 0)
		if n > 0 && atomics.CompareAndSwap(q.enter, p, p+n) {
			for i := range src[:n] {
				slot := q.slots.at(p + uint64(i))
				if atomics.Explored {
					atomics.Writes(&slot.value)
				}
				slot.value = src[i]
				atomics.StoreRelease(&slot.sequence, 2*(p+uint64(i))+1)
			}
			return int(n)
		}
		if atomics.Load(q.enter) == p {
			return 0
		}
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
	leave := q.leave
	for {
		p := atomics.Load(leave)
		slot := q.slots.at(p)
		sequence := atomics.Load(&slot.sequence)
		if sequence == 2*p+1 && atomics.CompareAndSwap(leave, p, p+1) {
			if atomics.Explored {
				atomics.Reads(&slot.value)
			}
			v = slot.value
			atomics.StoreRelease(&slot.sequence, sequence+2*q.slots.mask+1)
			return v, true
		}
		if atomics.Load(leave) == p {
			return v, false
		}
	}
}

// PopBatch takes messages into dst until dst is full or the queue is empty, or
// looks so, and returns how many. They were pushed one after the other.
//
// Cost: O(len(dst)), again for each Pop that wins a race. Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(dst) for each concurrent Pop that succeeds
func (q *MPMC[T]) PopBatch(dst []T) int {
	for {
		p := atomics.Load(q.leave)
		n := q.slots.count(p, uint64(len(dst)), 1)
		if n > 0 && atomics.CompareAndSwap(q.leave, p, p+n) {
			for i := range dst[:n] {
				slot := q.slots.at(p + uint64(i))
				if atomics.Explored {
					atomics.Reads(&slot.value)
				}
				dst[i] = slot.value
				atomics.StoreRelease(&slot.sequence, 2*(p+uint64(i)+q.slots.mask+1))
			}
			return int(n)
		}
		if atomics.Load(q.leave) == p {
			return 0
		}
	}
}

// Len returns the number of messages whose positions producers have claimed and
// consumers have not. Others may have changed it before Len returns.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (q *MPMC[T]) Len() int {
	leave := atomics.Load(q.leave)
	return int(min(max(int64(atomics.Load(q.enter)-leave), 0), int64(q.slots.mask+1)))
}
