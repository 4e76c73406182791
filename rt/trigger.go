package rt

import (
	"sync/atomic"

	"github.com/memkit-go/memkit/rt/internal/counters"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"github.com/memkit-go/memkit/rt/record"
)

// Trigger waits for the next activation of a loop that something else clocks: a
// device's thread, a socket, a [Disciplined] clock. It returns when that activation
// was due, in ns on the clock of [Now], 0 meaning now; or false when the time until
// has come, or for no reason. False together with a time says that the activation that
// was due then will not come: the loop counts it as skipped and missed.
//
// A loop with a Trigger holds its P also while it waits, so it takes one of
// GOMAXPROCS from the rest of the program, unless that would leave fewer than two.
//
// It must wait in a raw system call, such as a timed futex wait, so that the
// loop's thread keeps its P, and after that call nothing in it may have a
// function prologue. Such a wait also holds up whoever stops the world, which is
// why it is timed; between two waits the loop lets that pass.
type Trigger func(until int64) (due int64, ok bool)

// triggerWait bounds one wait of a Trigger, and so how long a stop-the-world
// waits for a loop that nothing triggers: as long as a time slice, which other
// goroutines cost it too.
const triggerWait = 10_000_000

// holders counts the loops that hold a P between their activations without being
// Strict.
var holders atomic.Int32

// triggered is cycle for a loop with a Trigger.
//
// A Strict loop is pinned throughout. Others are pinned while they wait and not in
// the step, which may therefore panic and be recovered. The pin is for sysmon's
// time-slice requests: one that comes during the wait is dropped by a prologue
// under the pin, so that only one that comes during the step itself makes the loop
// queue behind other goroutines. A loop that would leave fewer than two Ps to the
// rest of the program does without, and yields when it is asked: with one P and two
// busy goroutines, a collection took more than half a minute.
//
// Goroutines and timers in the queue of the P that is held are served by an empty P.
// Where busy goroutines leave none, the loop gives its P up for a moment: when nothing
// has triggered it, and else when the queue was not served for as long as starved. Each
// time costs it up to a time slice of every busy goroutine.
func (l *Loop) triggered(step func(*Tick) error) error {
	s, t := l.sys, &l.tick
	l.request = request{first: never, last: never}
	*t = Tick{loop: l}
	hold := false
	if !l.pinned {
		hold = int(holders.Add(1))+1 < s.SetProcs(0) // two are left
		defer holders.Add(-1)
	}
	if hold {
		step = l.loosely(step)
		l.monitor.pinned = true
		l.queue.arrived(true, never)
		s.Pin()
		defer s.Unpin()
	}
	heard := s.Now() // when it was triggered last; a signal can end a wait early
	for {
		due, ok := l.cfg.Trigger(s.Now() + triggerWait)
		if s.StopRequested() { // before anything with a prologue
			l.request.seen = true
		}
		if l.stop.Load() {
			return errContext
		}
		if l.counters.Halted() {
			return errHalted
		}
		var events stepEvents
		t.Now = s.Now()
		if ok {
			if due == 0 {
				due = t.Now
			}
			t.Intended, t.Deadline = due, due+int64(l.cfg.Period)
			l.observe(t.Now-due, record.Unattributed)
			var err error
			if events, err = l.work(step); err != nil {
				return err
			}
			if l.cfg.Miss.K > 0 && l.breached(l.output.at > t.Deadline, 0) {
				return l.missError()
			}
			t.Index++
			t.Skipped = 0
		} else if due != 0 {
			t.Intended, t.Deadline = due, due+int64(l.cfg.Period)
			if l.lost() {
				return l.missError()
			}
		}
		switch {
		case l.pinned:
			if !ok && l.request.seen {
				// Turns of triggerWait are too far apart for a request to be seen
				// standing, and whoever triggers may be stopped already.
				l.request.seen = false
				l.pass()
			}
			l.keepP(events, t.Now, int64(l.cfg.Period))
			if w := l.process.window.Load(); w != nil {
				l.park(w, t.Now)
			}
		case hold:
			if s.Marking() || l.request.seen {
				// It can bear to lose its P, so it lets others pass at once.
				l.request.seen = false
				l.passOutside()
			}
			silent := !ok && due == 0 && t.Now-heard >= triggerWait
			if ok || silent {
				heard = t.Now
			}
			if silent || l.queue.leave(s, t.Now) {
				l.yield()
			}
		}
	}
}

// passOutside lets a pending stop-the-world or stack scan pass. Unlike a loop that has its
// P for good it need not move afterwards: it yields where its queue is not served.
func (l *Loop) passOutside() {
	before, start := l.sys.ReadP(), l.sys.Now()
	l.sys.PassOutside()
	if after := l.sys.ReadP(); after.Known && after.Lost(before) && l.sys.Now()-start > int64(keptP) {
		l.counters.Of(counters.Stops).Add(1)
	}
}

// yield lets the goroutines in the P's queue run.
func (l *Loop) yield() {
	l.sys.Unpin()
	l.sys.Yield()
	l.sys.Pin()
	l.queue.arrived(true, l.sys.Now())
}

// loosely is step without the pin of a loop that holds its P, which is pinned
// again however the step ends.
func (l *Loop) loosely(step func(*Tick) error) func(*Tick) error {
	return func(t *Tick) error {
		machine.Prologue(0)
		l.sys.Unpin()
		defer l.sys.Pin()
		return step(t)
	}
}

// lost counts an activation that did not come, and reports whether that ends the loop.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
func (l *Loop) lost() (end bool) {
	l.counters.Of(counters.Skipped).Add(1)
	l.counters.Of(counters.Missed).Add(1)
	end = l.cfg.Miss.K > 0 && l.breached(true, 0)
	l.tick.Index++
	l.tick.Skipped++
	return end
}
