package rt

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/rt/internal/counters"
)

// Stats counts what happened in a loop's current or last run.
type Stats struct {
	// Ticks is how many steps were called.
	Ticks int64
	// Skipped is how many activations were dropped.
	Skipped int64
	// Overruns is how many steps ended after the next activation was due, and
	// Missed how many activations were due by then, dropped or late.
	Overruns, Missed int64
	// Breaches is how many steps left the miss budget broken.
	Breaches int64
	// Interrupted is how many sleeps a signal ended early (EINTR).
	Interrupted int64
	// LostP is how many steps of a pinned loop lost their P, outside
	// Tick.Syscall: to an ordinary system call or cgo. One that comes back before
	// anybody has used it does not count. Except on Linux with Go 1.26, amd64 or
	// arm64, only another P than before is noticed, and Syscalls and Allocs are 0.
	LostP int64
	// Syscalls is how many steps made ordinary system calls or cgo calls outside
	// Tick.Syscall, each of which may lose the P, and Allocs how many allocated
	// on the heap; of one that lost its P that cannot be told.
	Syscalls, Allocs int64
	// Windows is how many Tick.Syscall windows a pinned loop has had, LostWindows
	// in how many of them it lost its P, and MaxWindow the longest in ns.
	Windows, LostWindows, MaxWindow int64
	// Maintenances is how many Process.Maintenance windows the loop has waited
	// out, and MaintenanceSkipped how many activations fell into them.
	Maintenances, MaintenanceSkipped int64
	// Stops is how many times a pinned loop, looking whether a stop-the-world or
	// a collection waits for it, lost its P and was away for long. Where the
	// runtime's counts are not known, a CPU that was taken away just then counts
	// too.
	Stops int64
	// Evacuations is how many times a pinned loop moved to an empty P because
	// goroutines might starve in the queue of its own: after a stop-the-world, or
	// after LostP under load from busy goroutines. Each costs some periods.
	Evacuations int64
	// MaxLatency is the largest wake latency, Tick.Now − Tick.Intended, in ns.
	MaxLatency int64
	// MaxResponse is the largest time from Tick.Intended to the end of the step with
	// its substeps, in ns: within it the outputs of a period have left.
	MaxResponse int64
	// MaxOutputJitter is the largest deviation of the distance between the ends of two
	// steps from the periods between them, in ns.
	MaxOutputJitter int64
	// MinorFaults, MajorFaults, Switches (each sleep is one) and Preemptions
	// (involuntary switches) are the thread's up to the end of the last step, as
	// the kernel counts them. Zero where the system does not say.
	MinorFaults, MajorFaults, Switches, Preemptions int64
}

// String names the ticks, the largest latency and the counts that are not 0.
func (s Stats) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d ticks, latency up to %v", s.Ticks, time.Duration(s.MaxLatency))
	for _, c := range []struct {
		n    int64
		text string
	}{
		{s.Skipped, "skipped"}, {s.Overruns, "overruns"}, {s.Missed, "deadlines missed"}, {s.Breaches, "breaches of the miss budget"},
		{s.Interrupted, "sleeps interrupted"}, {s.LostP, "steps lost their P"}, {s.Syscalls, "steps made system calls"}, {s.Allocs, "steps allocated"},
		{s.Windows, "windows for system calls"}, {s.LostWindows, "windows lost the P"}, {s.Maintenances, "maintenance windows"},
		{s.MaintenanceSkipped, "activations skipped for maintenance"}, {s.Stops, "stops of the world"}, {s.Evacuations, "moves to an empty P"},
		{s.MinorFaults, "minor faults"}, {s.MajorFaults, "major faults"}, {s.Preemptions, "preemptions"},
	} {
		if c.n != 0 {
			fmt.Fprintf(&b, ", %d %s", c.n, c.text)
		}
	}
	if s.MaxResponse != 0 {
		fmt.Fprintf(&b, ", response up to %v, output jitter up to %v", time.Duration(s.MaxResponse), time.Duration(s.MaxOutputJitter))
	}
	if s.MaxWindow != 0 {
		fmt.Fprintf(&b, ", longest window %v", time.Duration(s.MaxWindow))
	}
	return b.String()
}

// statsOf is a snapshot of a loop's counters.
func statsOf(c *counters.Counters) (s Stats) {
	c.Fill(&s)
	return s
}

// count counts what a step did.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (l *Loop) count(f stepEvents) {
	c := l.counters
	if f.lostP {
		c.Of(counters.LostP).Add(1)
	}
	if f.lostWindow {
		c.Of(counters.LostWindows).Add(1)
	}
	if f.allocated {
		c.Of(counters.Allocs).Add(1)
	}
	if f.called {
		c.Of(counters.Syscalls).Add(1)
	}
	l.countUsage()
}

// countUsage counts what the kernel has counted.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (l *Loop) countUsage() {
	c, u := l.counters, l.monitor.usage.Minus(l.monitor.base)
	set(c.Of(counters.MinorFaults), u.MinorFaults)
	set(c.Of(counters.MajorFaults), u.MajorFaults)
	set(c.Of(counters.Switches), u.VoluntarySwitches)
	set(c.Of(counters.Preemptions), u.InvoluntarySwitches)
}

// set saves the store of a count that has not changed: it is a locked instruction.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func set(n *atomic.Int64, v int64) {
	if n.Load() != v {
		n.Store(v)
	}
}
