package cthread

import "sync/atomic"

// Stats counts calls.
type Stats struct {
	// Calls returned in time.
	Calls int64
	// Timeouts did not, and Busy were not made because of an earlier one that
	// had not returned.
	Timeouts, Busy int64
}

// counters are written by the calling thread only and read by any.
type counters struct{ calls, timeouts, busy atomic.Int64 }

func (c *counters) stats() Stats {
	return Stats{Calls: c.calls.Load(), Timeouts: c.timeouts.Load(), Busy: c.busy.Load()}
}
