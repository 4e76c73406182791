package fault

import "github.com/memkit-go/memkit/hil"

// queue keeps frames until a step, in the order in which they came.
type queue struct {
	frames []delayed
	n      int
}

type delayed struct {
	step   int64 // from which on it may leave, or passed
	answer answer
	n      int
	bytes  [hil.MaxFrame]byte
}

// passed is the step of a frame that waits until the next one has passed it.
const passed = -1

// newQueue has one place more, for the frame that is leaving.
func newQueue(room int) queue { return queue{frames: make([]delayed, room+1)} }

// push keeps a frame. Without room the frame is lost: a device that answers more than it
// is asked fills any queue.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (q *queue) push(step int64, frame []byte, a answer) {
	if q.n == len(q.frames)-1 {
		return
	}
	f := &q.frames[q.n]
	f.step, f.answer = step, a
	f.n = copy(f.bytes[:], frame)
	q.n++
}

// due takes the oldest frame whose time has come, or returns nil. It is valid until the
// next call.
//
// Cost: O(frames kept). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the queue's room
func (q *queue) due(step int64) *delayed {
	for i := range q.n {
		if f := &q.frames[i]; f.step != passed && f.step <= step {
			return q.remove(i)
		}
	}
	return nil
}

// waiting takes the frame that waits to be passed, or returns nil.
//
// Cost: O(frames kept). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the queue's room
func (q *queue) waiting() *delayed {
	for i := range q.n {
		if q.frames[i].step == passed {
			return q.remove(i)
		}
	}
	return nil
}

// hasWaiting says whether a frame waits to be passed.
//
// Cost: O(frames kept). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the queue's room
func (q *queue) hasWaiting() bool {
	for i := range q.n {
		if q.frames[i].step == passed {
			return true
		}
	}
	return false
}

// remove moves the frame i behind the others.
//
// Cost: O(frames kept). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the queue's room
func (q *queue) remove(i int) *delayed {
	last := &q.frames[len(q.frames)-1]
	*last = q.frames[i]
	q.n--
	copy(q.frames[i:q.n], q.frames[i+1:q.n+1])
	return last
}

func (q *queue) clear() { q.n = 0 }
