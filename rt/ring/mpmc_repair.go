package ring

import "github.com/memkit-go/memkit/internal/atomics"

// rebuild refills the queue with the messages that are complete, oldest first,
// and returns how many positions were claimed for messages that are not there.
//
// A complete message of position p shows as sequence 2p+1, and p lies at most one
// round before enter. Those before leave were claimed by a consumer that did not
// finish; those from leave on are not claimed.
func (q *MPMC[T]) rebuild() (lost int) {
	enter, leave := atomics.Load(q.enter), atomics.Load(q.leave)
	var kept []T
	for p := enter - q.slots.mask - 1; p != enter; p++ {
		slot := q.slots.at(p)
		switch {
		case atomics.Load(&slot.sequence) == 2*p+1:
			kept = append(kept, slot.value)
		case int64(p-leave) >= 0:
			lost++
		}
	}
	mpmcReset[T](q.header, q.slots.mask+1)
	for _, v := range kept {
		q.Push(v)
	}
	return lost
}
