package ring

import "github.com/memkit-go/memkit/internal/atomics"

// BroadcastReader is one of the reading sides of a [Broadcast]. One goroutine at a
// time may use it.
type BroadcastReader[T any] struct {
	slots  broadcastSlots
	next   uint64 // position of the next message
	lost   uint64
	staged *T       // the message being read
	words  []uint64 // of staged
	writer *side
	wakeup *wakeup
}

// Pop takes the next message, or returns false when there is none. A reader that has
// fallen behind goes on with the newer half of what the ring holds.
//
// Cost: O(sizeof(T)). Allocates: no. Blocks: no. Caller: owner.
//
// A message that was overwritten while it was copied shows in its number. The second
// turn can meet the same only if the writer went half around in the meantime; then
// the next call goes on.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound two turns of the words of T
func (r *BroadcastReader[T]) Pop() (v T, ok bool) {
	for range 2 {
		sequence, message := r.slots.at(r.next)
		complete := 2*r.next + 2
		found := atomics.Load(sequence)
		if int64(found-complete) < 0 {
			return v, false
		}
		if found == complete {
			for i := range message {
				r.words[i] = atomics.Load(&message[i])
			}
			if atomics.Load(sequence) == complete {
				r.next++
				return *r.staged, true
			}
		}
		from := atomics.Load(r.slots.published) - (r.slots.mask+1)/2
		if int64(from-r.next) <= 0 {
			return v, false // no writer of good faith leaves it so
		}
		r.lost += from - r.next
		r.next = from
	}
	return v, false
}

// ready says whether the next message is complete, or was overwritten.
func (r *BroadcastReader[T]) ready() bool {
	sequence, _ := r.slots.at(r.next)
	return int64(atomics.Load(sequence)-(2*r.next+2)) >= 0
}

// Lost returns how many messages were overwritten before Pop came to them.
func (r *BroadcastReader[T]) Lost() uint64 { return r.lost }

// Err returns [ErrClosed] or [ErrAbandoned] when the writer's side was, and nil
// otherwise. Messages in the ring stay readable.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (r *BroadcastReader[T]) Err() error {
	switch State(atomics.Load(&r.writer.word) & 3) {
	case Closed:
		return ErrClosed
	case Abandoned:
		return ErrAbandoned
	}
	return nil
}
