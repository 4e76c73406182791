package ring

import (
	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// LatestReader is the reading side of a [Latest]. One goroutine at a time may use
// it. It is wait-free.
type LatestReader[T any] struct {
	_        [cacheLine]byte
	state    *uint64
	front    uint64 // index of the buffer that was read last
	sequence uint64
	buffers  latestBuffers[T]
	Endpoint
	_ [cacheLine]byte
}

// Load returns a copy of the newest value and whether it is new since the last
// Load. Before the first publication that is the zero value and false.
//
// Cost: O(1) and the copy of the value. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *LatestReader[T]) Load() (v T, fresh bool) {
	p, fresh := r.View()
	if atomics.Explored {
		atomics.Reads(p)
	}
	return *p, fresh
}

// View is Load without the copy: the value stays as it is until the next Load or
// View.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
// Only this reader clears fresh, so it is still set when the addition runs, and
// the addition's result says which buffer has become the front.
//
//rt:nonblocking
//rt:nonallocating
func (r *LatestReader[T]) View() (v *T, fresh bool) {
	if debug.Enabled {
		r.owner.Check("ring.LatestReader")
	}
	fresh = atomics.Load(r.state)&latestFresh != 0
	if fresh {
		state := atomics.Add(r.state, latestFresh)
		r.front = latestFront(state)
		r.sequence = state & latestCount / latestOne
	}
	return r.buffers.at(r.front), fresh
}

// fresh says whether the middle buffer is newer than the front buffer.
func (r *LatestReader[T]) fresh() bool { return atomics.Load(r.state)&latestFresh != 0 }

// Sequence returns the number of the value that Load or View returned last:
// values are numbered from 1 in the order of their publication, modulo 2⁶⁰. The
// difference of two is how many publications lie between them.
func (r *LatestReader[T]) Sequence() uint64 { return r.sequence }
