package ring

import (
	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// LatestWriter is the writing side of a [Latest]. One goroutine at a time may use
// it. It is wait-free.
type LatestWriter[T any] struct {
	_       [cacheLine]byte
	state   *uint64
	back    uint64 // index of the staged buffer
	buffers latestBuffers[T]
	Endpoint
	_ [cacheLine]byte
}

// Store publishes a copy of v.
//
// Cost: O(1) and the copy of v. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *LatestWriter[T]) Store(v T) {
	p := w.buffers.at(w.back)
	if atomics.Explored {
		atomics.Writes(p)
	}
	*p = v
	w.Publish()
}

// Stage returns the buffer that Publish will publish, for large T that should be
// built in place. It holds an older value, and is the writer's until Publish.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *LatestWriter[T]) Stage() *T { return w.buffers.at(w.back) }

// Publish makes the staged value the newest.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
// The exchange can fail once: when the reader took the middle buffer in between.
// That cleared fresh, and until this exchange sets it the reader does nothing. A
// hostile reader can make both turns fail; then nothing is published.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound two turns
func (w *LatestWriter[T]) Publish() {
	if debug.Enabled {
		w.owner.Check("ring.LatestWriter")
	}
	for range 2 {
		state := atomics.Load(w.state)
		next := afterPublish(state)
		if atomics.CompareAndSwap(w.state, state, next) {
			w.back = next & latestBack
			return
		}
	}
}
