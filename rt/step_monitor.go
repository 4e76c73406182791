package rt

import (
	"math"

	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"github.com/memkit-go/memkit/rt/record"
)

// stepMonitor tells, tick by tick, what the runtime and the kernel count on the account
// of a loop's thread. It belongs to that thread.
type stepMonitor struct {
	sys    *machine.System
	pinned bool

	before machine.PCounts // when the step began
	events stepEvents      // in the step

	// The thread's usage was read sinceUsage ticks ago, and will be after
	// usageEvery; 0 where the system does not tell it.
	usage      machine.Usage
	base       machine.Usage // where Stats begins to count
	sinceUsage int
	usageEvery int

	// The thread's schedstat was read at waitsAt, sinceWaits ticks ago.
	fd             int // or -1
	schedstat      procfs.Schedstat
	schedstatAt    int64
	sinceSchedstat int64
	usual          int64 // what a tick waits for the CPU
	busy           bool  // the thread takes more than half of its CPU
	throttle       int64 // how long the kernel holds a busy real-time thread back, or 0

	wakes []lateWake // that the Recorder kept, as far as there is room
}

// stepEvents is what a step did that no step of a Strict loop should.
type stepEvents struct {
	allocated   bool
	called      bool // ordinary system calls or cgo
	lostP       bool
	lostWindow  bool  // the P was lost where that is allowed, in Tick.Syscall
	faults      int64 // page faults, and
	preemptions int64 // involuntary switches, since the last look at them
}

// cause returns the events as the cause of a late tick.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f stepEvents) cause() record.Cause {
	cause := record.Unattributed
	if f.lostP || f.lostWindow {
		cause |= record.LostP
	}
	if f.faults > 0 {
		cause |= record.Fault
	}
	if f.preemptions > 0 {
		cause |= record.Switch
	}
	return cause
}

// usageEveryMost is how many ticks apart the looks at a quiet thread's usage are. A look
// is a system call of 200 to 400 ns, most of what a tick may cost. So each that
// finds nothing doubles the distance up to this, and one that finds a fault or a
// preemption sets it to 1. Nothing goes uncounted, and a tick that wakes late or
// overruns looks at once; but what it finds first in a thread that was quiet may be
// up to 7 ticks older.
const usageEveryMost = 8

// schedstatEvery is how many ticks old the last look at schedstat may be. A look
// costs about 1 µs; and a late wake must stand out from what the ticks since the
// last look have waited for the CPU, a few µs each.
const schedstatEvery = 16

// begin starts to watch a run on the calling thread, which is not pinned yet: it
// reads files. fd is the thread's schedstat, or -1.
func (w *stepMonitor) begin(s *machine.System, pinned bool, fd int) {
	*w = stepMonitor{sys: s, pinned: pinned, fd: fd, throttle: s.Throttle(), wakes: w.wakes[:0]}
	if u, err := s.ThreadUsage(); err == nil {
		w.usage, w.base, w.usageEvery = u, u, 1
	}
	w.schedstat, _ = s.ReadSchedstat(fd)
	w.schedstatAt = s.Now()
	w.before = s.ReadP()
}

// beginStep begins a step.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *stepMonitor) beginStep() {
	w.events = stepEvents{}
	w.before = w.sys.ReadP()
}

// readP adds what the step has done to the P since the last look, and begins anew
// from the P held now.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *stepMonitor) readP() {
	now, f := w.sys.ReadP(), &w.events
	switch lost := now.Lost(w.before); {
	case !lost:
		f.allocated = f.allocated || now.Allocated(w.before)
		f.called = f.called || now.Called(w.before)
	case w.pinned: // nothing but a call can cost it its P
		f.lostP = true
		f.called = f.called || now.Known
	}
	w.before = now
}

// endStep finishes the step and returns its events.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *stepMonitor) endStep() stepEvents {
	w.readP()
	if w.sinceUsage++; w.sinceUsage >= w.usageEvery {
		w.readUsage()
	}
	if w.sinceSchedstat++; w.sinceSchedstat >= schedstatEvery {
		w.readWait(w.sinceSchedstat, math.MaxInt64)
	}
	return w.events
}

// overrunEvents looks at once what a step that overran has used.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *stepMonitor) overrunEvents() stepEvents {
	w.readUsage()
	return w.events
}

// readUsage adds the thread's usage since the last reading to the step's events.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *stepMonitor) readUsage() {
	w.sinceUsage = 0
	if w.usageEvery == 0 {
		return
	}
	now, _ := w.sys.ThreadUsage()
	d := now.Minus(w.usage)
	w.usage = now
	w.events.faults += d.MinorFaults + d.MajorFaults
	w.events.preemptions += d.InvoluntarySwitches
	w.usageEvery = min(2*w.usageEvery, usageEveryMost)
	if debugging || d.MinorFaults+d.MajorFaults+d.InvoluntarySwitches > 0 {
		w.usageEvery = 1
	}
}

// readWait is what the thread has waited for the CPU in the given number of ticks since
// the last look, beyond what they usually do. More than bearable is not usual.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *stepMonitor) readWait(ticks, bearable int64) (excess int64) {
	total, ok := w.sys.ReadSchedstat(w.fd)
	if !ok {
		return 0
	}
	now := w.sys.Now()
	waited := total.Waited - w.schedstat.Waited
	excess = waited - w.usual*ticks
	if excess <= bearable {
		w.usual = waited / ticks
	}
	if ticks > 1 { // at least one step, and not the sleep alone
		w.busy = 2*(total.Ran-w.schedstat.Ran) > now-w.schedstatAt-waited
	}
	w.schedstat, w.schedstatAt, w.sinceSchedstat = total, now, 0
	return excess
}

// lateCause says what the wake that came late owes its lateness to. Its system calls
// take 1 to 2 µs of a tick that is late already.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *stepMonitor) lateCause(latency int64) record.Cause {
	w.events = stepEvents{}
	w.readUsage()
	cause := w.events.cause()
	if !w.pinned && w.sys.ReadP().Lost(w.before) {
		cause |= record.LostP
	}
	if excess := w.readWait(w.sinceSchedstat+1, latency/2); excess > latency/2 {
		cause |= record.Switch
		if w.busy && w.throttle > 0 && excess > w.throttle/2 {
			cause |= record.Throttled
		}
	}
	return cause
}

// keepWake remembers a late wake, whose time the host may have taken.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *stepMonitor) keepWake(l lateWake) {
	if n := len(w.wakes); n < cap(w.wakes) {
		w.wakes = w.wakes[:n+1]
		w.wakes[n] = l
	}
}

// discard drops the events since the last step, which the loop did not cause.
func (w *stepMonitor) discard() {
	before := w.usage
	w.readUsage()
	w.base = w.base.Plus(w.usage.Minus(before))
	w.readWait(1, 0)
	w.before = w.sys.ReadP()
}

// countFromNow lets the counts of Stats begin now.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *stepMonitor) countFromNow() { w.base = w.usage }
