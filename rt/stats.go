package rt

import "sync/atomic"

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
	// after LostP beside busy goroutines. Each costs some periods.
	Evacuations int64
	// MaxLatency is the largest Tick.Now − Tick.Intended in ns.
	MaxLatency int64
	// MinorFaults, MajorFaults, Switches (each sleep is one) and Preemptions
	// (involuntary switches) are the thread's up to the end of the last step, as
	// the kernel counts them. Zero where the system does not say.
	MinorFaults, MajorFaults, Switches, Preemptions int64
}

// counters are written by the loop's thread only and read by any.
type counters struct {
	ticks, skipped, overruns, missed, breaches, interrupted, maxLatency atomic.Int64

	lostP, syscalls, allocs, windows, lostWindows, maxWindow atomic.Int64
	maintenances, maintenanceSkipped, stops, evacuations     atomic.Int64
	minorFaults, majorFaults, switches, preemptions          atomic.Int64

	running atomic.Int64 // 1 inside Run
}

// reset sets all to 0.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one store for each field
func (c *counters) reset() {
	for _, n := range [...]*atomic.Int64{
		&c.ticks, &c.skipped, &c.overruns, &c.missed, &c.breaches, &c.interrupted, &c.maxLatency,
		&c.lostP, &c.syscalls, &c.allocs, &c.windows, &c.lostWindows, &c.maxWindow,
		&c.maintenances, &c.maintenanceSkipped, &c.stops, &c.evacuations,
		&c.minorFaults, &c.majorFaults, &c.switches, &c.preemptions,
	} {
		n.Store(0)
	}
}

func (c *counters) stats() Stats {
	return Stats{
		Ticks: c.ticks.Load(), Skipped: c.skipped.Load(),
		Overruns: c.overruns.Load(), Missed: c.missed.Load(), Breaches: c.breaches.Load(),
		Interrupted: c.interrupted.Load(), MaxLatency: c.maxLatency.Load(),
		LostP: c.lostP.Load(), Syscalls: c.syscalls.Load(), Allocs: c.allocs.Load(),
		Windows: c.windows.Load(), LostWindows: c.lostWindows.Load(), MaxWindow: c.maxWindow.Load(),
		Maintenances: c.maintenances.Load(), MaintenanceSkipped: c.maintenanceSkipped.Load(),
		Stops: c.stops.Load(), Evacuations: c.evacuations.Load(),
		MinorFaults: c.minorFaults.Load(), MajorFaults: c.majorFaults.Load(),
		Switches: c.switches.Load(), Preemptions: c.preemptions.Load(),
	}
}

// found counts what a step did.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *counters) found(f found, w *watch) {
	if f.lostP {
		c.lostP.Add(1)
	}
	if f.lostWindow {
		c.lostWindows.Add(1)
	}
	if f.allocated {
		c.allocs.Add(1)
	}
	if f.called {
		c.syscalls.Add(1)
	}
	c.used(w)
}

// used counts what the kernel has counted.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *counters) used(w *watch) {
	u := w.usage.minus(w.base)
	set(&c.minorFaults, u.minorFaults)
	set(&c.majorFaults, u.majorFaults)
	set(&c.switches, u.voluntarySwitch)
	set(&c.preemptions, u.involuntarySwitch)
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
