package rt

import "github.com/memkit-go/memkit/rt/record"

// watch tells, tick by tick, what the runtime and the kernel count on the account
// of a loop's thread. It belongs to that thread.
type watch struct {
	sys    *system
	pinned bool

	usable bool  // the system tells a thread's usage
	base   usage // where Stats begins to count
	last   usage // when the last step ended, or at a late wake since
	before held  // when the step began
	found  found // in the step

	// The thread's schedstat was read at waitsAt, sinceWaits ticks ago.
	fd         int // or -1
	waits      waits
	waitsAt    int64
	sinceWaits int64
	usual      int64 // what a tick waits for the CPU
	busy       bool  // the thread takes more than half of its CPU
	throttle   int64 // how long the kernel holds a busy real-time thread back, or 0
}

// found is what a step did that no step of a Strict loop should.
type found struct {
	lostP, allocated bool
	window           bool  // the P was lost where that is allowed, in Tick.Syscall
	calls            int64 // ordinary system calls and cgo calls
	faults           int64 // page faults
	preemptions      int64
}

// cause is what an activation that the step ran into owes its lateness to.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f found) cause(stopped bool) record.Cause {
	cause := record.Overrun
	if f.lostP || f.window {
		cause |= record.LostP
	}
	if f.faults > 0 {
		cause |= record.Fault
	}
	if f.preemptions > 0 {
		cause |= record.Switch
	}
	if stopped {
		cause |= record.StoppedWorld
	}
	return cause
}

// freshWaits is how many ticks old the last look at schedstat may be. A look
// costs about 1 µs; and a late wake must stand out from what the ticks since the
// last look have waited for the CPU, a few µs each.
const freshWaits = 16

// begin starts to watch a run on the calling thread; fd is its schedstat, or -1.
func (w *watch) begin(s *system, pinned bool, fd int) {
	*w = watch{sys: s, pinned: pinned, fd: fd, throttle: s.throttle()}
	u, err := s.threadUsage()
	w.usable, w.base, w.last = err == nil, u, u
	w.waits, _ = s.waits(fd)
	w.waitsAt = s.now()
	w.before = s.held()
}

// step begins a step.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *watch) step() {
	w.found = found{}
	w.before = w.sys.held()
}

// kept adds what the step has done to the P since the last look, and begins anew
// from the P held now.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *watch) kept() {
	now := w.sys.held()
	w.found.lostP = w.found.lostP || w.pinned && now.lost(w.before)
	w.found.allocated = w.found.allocated || now.allocated(w.before)
	w.found.calls += now.called(w.before)
	w.before = now
}

// ended finishes the step and returns what was found.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *watch) ended() found {
	w.kept()
	d := w.use()
	w.found.faults += d.minorFaults + d.majorFaults
	w.found.preemptions += d.involuntarySwitch
	if w.sinceWaits++; w.sinceWaits >= freshWaits {
		w.wait()
	}
	return w.found
}

// use is the thread's usage since the last look.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *watch) use() (since usage) {
	if !w.usable {
		return usage{}
	}
	now, _ := w.sys.threadUsage()
	since, w.last = now.minus(w.last), now
	return since
}

// wait is what the thread has waited for the CPU since the last look, beyond what
// its ticks usually do.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *watch) wait() (excess int64) {
	total, ok := w.sys.waits(w.fd)
	if !ok {
		return 0
	}
	now := w.sys.now()
	waited := total.waited - w.waits.waited
	excess = waited - w.usual*w.sinceWaits
	if w.sinceWaits >= freshWaits {
		w.usual = waited / w.sinceWaits
		w.busy = 2*(total.ran-w.waits.ran) > now-w.waitsAt-waited
	}
	w.waits, w.waitsAt, w.sinceWaits = total, now, 0
	return excess
}

// late says what the wake that came late owes its lateness to. Its system calls
// take 1 to 2 µs of a tick that is late already.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *watch) late(latency int64) record.Cause {
	cause := record.Unattributed
	d := w.use()
	if d.minorFaults+d.majorFaults > 0 {
		cause |= record.Fault
	}
	if d.involuntarySwitch > 0 {
		cause |= record.Switch
	}
	if !w.pinned && w.sys.held().lost(w.before) {
		cause |= record.LostP
	}
	if excess := w.wait(); excess > latency/2 {
		cause |= record.Switch
		if w.busy && w.throttle > 0 && excess > w.throttle/2 {
			cause |= record.Throttled
		}
	}
	return cause
}

// pardon forgets what has happened since the last step, which was not the loop's
// doing.
func (w *watch) pardon() {
	w.base = w.base.plus(w.use())
	w.wait()
	w.before = w.sys.held()
}

// forget lets the counts of Stats begin now.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *watch) forget() { w.base = w.last }
