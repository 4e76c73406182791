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
	// Interrupted is how many sleeps a signal ended early (EINTR).
	Interrupted int64
	// LostP is how many steps of a pinned loop ended on another P than they
	// began on: a system call or cgo in the step. A lower bound, because the
	// same P may come back.
	LostP int64
	// Stops is how many times a pinned loop, looking whether a stop-the-world or
	// a collection waits for it, was away for long: one did, or the CPU was taken
	// away just then.
	Stops int64
	// Evacuations is how many times a pinned loop moved to an empty P because
	// goroutines might starve in the queue of its own: after a stop-the-world, or
	// after LostP beside busy goroutines. Each costs some periods.
	Evacuations int64
	// MaxLatency is the largest Tick.Now − Tick.Intended in ns.
	MaxLatency int64
	// MinorFaults, MajorFaults, Switches (each sleep is one) and Preemptions
	// (involuntary switches) are the thread's during the run, counted by the
	// kernel and known when it has ended. Zero where the system does not say.
	MinorFaults, MajorFaults, Switches, Preemptions int64
}

// counters are written by the loop's thread only and read by any.
type counters struct {
	ticks, skipped, overruns, missed, interrupted, lostP, stops, evacuations, maxLatency atomic.Int64
	minorFaults, majorFaults, switches, preemptions                                      atomic.Int64
}

func (c *counters) reset() {
	for _, n := range []*atomic.Int64{
		&c.ticks, &c.skipped, &c.overruns, &c.missed, &c.interrupted, &c.lostP, &c.stops, &c.evacuations, &c.maxLatency,
		&c.minorFaults, &c.majorFaults, &c.switches, &c.preemptions,
	} {
		n.Store(0)
	}
}

func (c *counters) stats() Stats {
	return Stats{
		Ticks: c.ticks.Load(), Skipped: c.skipped.Load(),
		Overruns: c.overruns.Load(), Missed: c.missed.Load(),
		Interrupted: c.interrupted.Load(), LostP: c.lostP.Load(), Stops: c.stops.Load(),
		Evacuations: c.evacuations.Load(), MaxLatency: c.maxLatency.Load(),
		MinorFaults: c.minorFaults.Load(), MajorFaults: c.majorFaults.Load(),
		Switches: c.switches.Load(), Preemptions: c.preemptions.Load(),
	}
}

func (c *counters) add(u usage) {
	c.minorFaults.Store(u.minorFaults)
	c.majorFaults.Store(u.majorFaults)
	c.switches.Store(u.voluntarySwitch)
	c.preemptions.Store(u.involuntarySwitch)
}
