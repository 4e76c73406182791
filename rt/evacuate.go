package rt

import (
	"github.com/memkit-go/memkit/rt/internal/machine"
	"math"
	"sync/atomic"
	"time"
)

// Only an idle P, by stealing, serves the queue and timers of a pinned P. In a
// program whose goroutines keep every P busy there is none, and goroutines in that
// queue never run: for example the context that should end the loop. So a loop
// starts on a P with an empty queue. When the world was stopped it moves to another
// such P; when it may have come to a used one in another way, it asks from time to
// time whether the queue is served, and moves when it is not.

const (
	// keptP is how long taking a free P may last: 0.05 to 10 µs. A thread that has
	// to queue for one waits for another thread to wake up and schedule it: 0.5 to
	// 70 ms under load from busy goroutines (2-core virtual machine, Linux 6.18, 60
	// tries each).
	keptP = 30 * time.Microsecond
	// starved is how long a goroutine may wait in the pinned P's queue, and how
	// long a loop stays that has moved. An idle P takes the goroutine within a
	// millisecond, a busy one never does. Longer lets goroutines starve, shorter
	// costs a loop whose steps keep losing their P more periods: moving out takes a
	// millisecond, and 10 to 30 under load from busy goroutines.
	starved = 250 * time.Millisecond
	// handingOver is how long, in rounds of about 1 µs, renew holds P 0 by doing
	// nothing at the end: in a system call it could be robbed of it by the very
	// loop that is to get another one.
	handingOver = 1000
	// evacuations is how often a loop tries to get an empty P in a row. Nearly
	// all first tries succeed.
	evacuations = 4
	// gathering is how often a renewal looks, every 100 µs, whether all loops
	// have come. A loop with a longer period than that is left out; it finds
	// that the world was stopped, and renews again.
	gathering = 200

	never = math.MinInt64 / 2

	// maxDoublings bounds the wait between two moves of a loop that reaches no empty
	// P to 64 times starved, 16 s.
	maxDoublings = 6
)

// queueCheck is a loop's doubt about its P's queue.
type queueCheck struct {
	doubt    bool        // others may wait in it
	stopped  bool        // the world was, since the loop moved
	moved    int64       // when the loop moved last, never if it has just started
	asked    int64       // when answer was queued, or never
	failed   int         // moves in a row that reached no empty P
	served   atomic.Bool // answer has run
	question func()      // answer
}

// arrived says that the loop is on another P, and whether that was empty.
func (q *queueCheck) arrived(empty bool, now int64) {
	q.doubt, q.stopped, q.moved, q.asked = !empty, false, now, never
	if q.failed++; empty {
		q.failed = 0
	}
}

// patience is how long the loop waits before it moves again: starved, and twice as
// long after each move that has reached no empty P, because each costs periods.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (q *queueCheck) patience() int64 { return int64(starved) << min(q.failed, maxDoublings) }

// answer runs when someone serves the queue that it was put in.
func (q *queueCheck) answer() { q.served.Store(true) }

// leave reports whether a loop in doubt should move.
func (q *queueCheck) leave(s *machine.System, now int64) bool {
	switch {
	case q.stopped && now-q.moved > q.patience():
		return true
	case q.asked != never && now-q.asked <= q.patience():
		return false
	case q.asked != never && !q.served.Load():
		return true
	}
	if q.question == nil {
		//rt:allow ML601 reason="once for each queue: a method value allocates"
		q.question = q.answer
	}
	q.asked = now
	q.served.Store(false)
	s.Enqueue(q.question)
	return false
}

// renewal empties all Ps of the process and gives each of its loops one.
type renewal struct {
	phase   atomic.Uint32
	waiting atomic.Int32 // loops that have no P yet
}

// moveToEmptyP moves a loop to an empty P and reports whether it is there.
func (p *Process) moveToEmptyP() (empty bool) {
	for range evacuations {
		if p.evacuate() {
			return true
		}
	}
	return false
}

// evacuate moves the calling goroutine, whose thread is locked and not pinned,
// to an empty P, and reports whether it found one at once. The process's other
// loops come along, because a renewal takes their Ps.
func (p *Process) evacuate() (empty bool) {
	if p.cfg.Keep&KeepProcs != 0 {
		return true
	}
	//rt:allow ML601 reason="the loop has lost its P already; a renewal is rare"
	r := new(renewal)
	if p.renewal.CompareAndSwap(nil, r) {
		//rt:allow ML607 reason="the loop has lost its P already; a renewal is rare"
		go p.renew(r)
	} else if r = p.renewal.Load(); r == nil {
		return false
	}
	return p.join(r)
}

// join waits for the end of a renewal and reports whether it gave the calling
// goroutine an empty P.
func (p *Process) join(r *renewal) (empty bool) {
	r.waiting.Add(1)
	taking := p.sys.WaitOutside(&r.phase, p.confined)
	r.waiting.Add(-1)
	taken := p.sys.Pin()
	p.sys.Unpin()
	return taking < int64(keptP) && taken != 0
}

// renew lowers GOMAXPROCS to 1, which moves all queues and timers to P 0, and
// raises it again, which makes the other Ps anew. The loops wait outside the
// scheduler and take some of those before the goroutines that were stopped have
// found their threads. For that, renew runs with a real-time policy: the threads
// that the end of a stop-the-world wakes must not come between that end and the
// phase that the loops wait for.
func (p *Process) renew(r *renewal) {
	t, err := occupy(p.sys, Granted{Policy: FIFO(1)})
	for range gathering {
		if p.pinned.Load() == 0 {
			break
		}
		p.sys.Nap()
	}
	r.phase.Store(machine.Renewing)
	p.sys.Nap() // until all who wait have seen it, also the last to come
	procs := p.sys.SetProcs(1)
	p.sys.SetProcs(procs)
	p.renewal.Store(nil)
	r.phase.Store(machine.Renewed)
	for range handingOver {
		if r.waiting.Load() == 0 {
			break
		}
		p.sys.Relax(30)
	}
	if err == nil {
		t.release()
	}
	r.phase.Store(machine.Finished)
}
