package audio

import (
	"sync/atomic"

	"github.com/memkit-go/memkit/rt/ring"
)

// inbox brings events to the blocks that they are for. Those for the next block and
// those for a frame to come have a queue each, so that many of the one kind do not
// hold up the other.
type inbox struct {
	immediate *ring.Consumer[Event]
	scheduled *ring.Consumer[Event]
	pending   schedule               // taken from scheduled, their block has not come yet
	due       [2 * blockEvents]Event // of the block
	count     int                    // of them
	behind    bool                   // the block before has left events for this one

	late, delayed atomic.Uint64
}

// blockEvents is how many events of a kind a block brings at most, and how many it
// takes from the queue of scheduled ones. The rest come with the next block, so that
// a burst costs each block some 10 µs at most.
const blockEvents = 256

func newInbox(capacity int) inbox {
	return inbox{pending: newSchedule(capacity)}
}

func (in *inbox) handOver() {
	in.immediate.HandOver()
	in.scheduled.HandOver()
}

// collect returns the events of the block of n frames at frame, with their offsets:
// the immediate ones in the order of Send, then the scheduled ones by frame, and
// those of one frame in the order of Send.
//
// Cost: O(blockEvents · log pending). Allocates: no. Blocks: no. Caller: the engine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound blockEvents
func (in *inbox) collect(frame int64, n int) []Event {
	in.count = 0
	for range blockEvents {
		e, ok := in.immediate.Pop()
		if !ok {
			break
		}
		if e.Frame < 0 {
			in.late.Add(1)
		}
		in.add(&e, frame, frame)
	}
	taken := 0
	for taken < blockEvents && !in.pending.full() {
		e, ok := in.scheduled.Pop()
		if !ok {
			break
		}
		in.pending.push(e)
		taken++
	}
	in.deliver(frame, frame+int64(n))
	in.behind = taken == blockEvents || in.pending.dueBefore(frame+int64(n))
	return in.due[:in.count]
}

// add adds an event to the block at frame.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the engine.
//
//rt:nonblocking
//rt:nonallocating
func (in *inbox) add(e *Event, at, frame int64) {
	if in.count < len(in.due) {
		d := &in.due[in.count]
		*d = *e
		d.Frame, d.Offset = at, int32(at-frame)
		in.count++
	}
}

// deliver adds the scheduled events before end to the block at frame.
//
// Cost: O(blockEvents · log pending). Allocates: no. Blocks: no. Caller: the engine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound blockEvents
func (in *inbox) deliver(frame, end int64) {
	for range blockEvents {
		e, ok := in.pending.popBefore(end)
		if !ok {
			return
		}
		switch {
		case e.Frame >= frame:
		case in.behind:
			in.delayed.Add(1)
		default:
			in.late.Add(1)
		}
		in.add(&e, max(e.Frame, frame), frame)
	}
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
