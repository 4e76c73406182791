package audio

import (
	"sync/atomic"

	"github.com/memkit-go/memkit/rt/ring"
)

// inbox holds the events that were sent and whose block has not come yet.
type inbox struct {
	from    *ring.Consumer[Event]
	pending []Event // by Frame; its capacity is fixed
	due     int     // how many of them are in the block
	late    atomic.Uint64
}

// arrivals bounds how many events one block takes from the queue, so that a burst
// is spread over several; events are early as a rule.
const arrivals = 256

// collect takes what was sent and returns the events of the block of n frames at
// frame, with their offsets.
//
// Cost: O(arrivals · pending). Allocates: no. Blocks: no. Caller: the engine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound arrivals, and the capacity of pending
func (in *inbox) collect(frame int64, n int) []Event {
	for i := 0; i < arrivals && len(in.pending) < cap(in.pending); i++ {
		e, ok := in.from.Pop()
		if !ok {
			break
		}
		in.insert(e)
	}
	in.due = 0
	for in.due < len(in.pending) && in.pending[in.due].Frame < frame+int64(n) {
		e := &in.pending[in.due]
		if e.Frame < frame {
			if e.Frame != 0 {
				in.late.Add(1)
			}
			e.Frame = frame
		}
		e.Offset = int32(e.Frame - frame)
		in.due++
	}
	return in.pending[:in.due]
}

// insert keeps pending in order, and events of one frame in the order of Send.
//
// Cost: O(pending). Allocates: no. Blocks: no. Caller: the engine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the capacity of pending
func (in *inbox) insert(e Event) {
	i := len(in.pending)
	in.pending = in.pending[:i+1]
	for ; i > 0 && in.pending[i-1].Frame > e.Frame; i-- {
		in.pending[i] = in.pending[i-1]
	}
	in.pending[i] = e
}

// consumed forgets the events of the block.
//
// Cost: O(pending). Allocates: no. Blocks: no. Caller: the engine.
//
//rt:nonblocking
//rt:nonallocating
func (in *inbox) consumed() {
	in.pending = in.pending[:copy(in.pending, in.pending[in.due:])]
	in.due = 0
}

// notifier is the way back.
type notifier struct {
	to   *ring.Producer[Event]
	lost *atomic.Uint64
}

// push counts what the queue did not take.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: Process.
//
//rt:nonblocking
//rt:nonallocating
func (n *notifier) push(e Event) bool {
	if n.to.Push(e) {
		return true
	}
	n.lost.Add(1)
	return false
}
