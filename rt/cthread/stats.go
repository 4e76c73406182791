package cthread

import (
	"fmt"
	"sync/atomic"
)

// Stats counts calls.
type Stats struct {
	// Calls returned in time.
	Calls int64
	// Timeouts did not, and Busy were not made because of an earlier one that
	// had not returned.
	Timeouts, Busy int64
}

// String is "100 calls in time, 1 timed out, 0 not made".
func (s Stats) String() string {
	return fmt.Sprintf("%d calls in time, %d timed out, %d not made", s.Calls, s.Timeouts, s.Busy)
}

// counters are written by the calling thread only and read by any.
type counters struct{ calls, timeouts, busy atomic.Int64 }

func (c *counters) stats() Stats {
	return Stats{Calls: c.calls.Load(), Timeouts: c.timeouts.Load(), Busy: c.busy.Load()}
}
