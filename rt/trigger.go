package rt

import "github.com/memkit-go/memkit/rt/record"

// Trigger waits for the next activation of a loop that something else clocks: a
// device's thread, a socket. It returns when that activation was due, in ns on
// the clock of [Now], or false when the time until has come, or for no reason.
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

// triggered is cycle for a loop with a Trigger.
//
// A Strict loop is pinned throughout. Others are pinned while they wait and not
// in the step, which may therefore panic and be recovered. The pin is for
// sysmon's time-slice requests: one that comes during the wait is dropped by a
// prologue under the pin, so that only one that comes during the step itself
// makes the loop queue behind other goroutines.
func (l *Loop) triggered(step func(*Tick) error) error {
	s, t := l.sys, &l.tick
	l.request = request{first: never, last: never}
	*t = Tick{}
	p := s.pin()
	if l.pinned {
		s.unpin()
	} else {
		defer s.unpin()
	}
	for {
		due, ok := l.cfg.Trigger(s.now() + triggerWait)
		if s.asked() { // before anything with a prologue
			l.request.seen = true
		}
		if l.stop.Load() {
			return errContext
		}
		if ok {
			t.Now = s.now()
			t.Intended, t.Deadline = due, due+int64(l.cfg.Period)
			l.observe(t.Now-due, record.Unattributed)
			if err := l.activate(step); err != nil {
				return err
			}
			t.Index++
		}
		p = l.breathe(l.keepP(p))
	}
}

// activate calls the step, in a loop that is not Strict without the pin, and
// pins again however the step ends.
func (l *Loop) activate(step func(*Tick) error) error {
	if l.pinned {
		return step(&l.tick)
	}
	prologue(0)
	l.sys.unpin()
	defer l.sys.pin()
	return step(&l.tick)
}

// breathe lets those pass who wait for the loop, and returns the P held then. A
// loop that is not Strict lets them pass at once: it can bear to lose its P.
func (l *Loop) breathe(p int) int {
	s := l.sys
	if !l.pinned {
		if s.marking() || l.request.seen {
			l.request.seen = false
			return l.pass()
		}
		return p
	}
	if s.marking() || l.request.standing(s.now(), int64(l.cfg.StopWait), int64(l.cfg.Period)) {
		p = l.pass()
	}
	if l.process.renewal.Load() != nil || l.queue.doubt && l.queue.leave(s, s.now()) {
		p = l.moveOut()
	}
	return p
}
