package ring

import (
	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// BroadcastWriter is the writing side of a [Broadcast]. One goroutine at a time may
// use it.
type BroadcastWriter[T any] struct {
	_      [cacheLine]byte
	slots  broadcastSlots
	next   uint64   // position of the next message
	staged *T       // the message being pushed
	words  []uint64 // of staged
	Endpoint
	_ [cacheLine]byte
}

// Push sends v to all readers, in place of the oldest message when the ring is full.
//
// Cost: O(sizeof(T)). Allocates: no. Blocks: no. Caller: owner.
//
// Whoever reads a word of v also sees the odd number, which was stored before.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the words of T
func (w *BroadcastWriter[T]) Push(v T) {
	if debug.Enabled {
		w.owner.Check("ring.BroadcastWriter")
	}
	*w.staged = v
	sequence, message := w.slots.at(w.next)
	atomics.StoreRelease(sequence, 2*w.next+1)
	for i := range message {
		atomics.StoreRelease(&message[i], w.words[i])
	}
	atomics.StoreRelease(sequence, 2*w.next+2)
	w.next++
	atomics.StoreRelease(w.slots.published, w.next)
}
