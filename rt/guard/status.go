package guard

import (
	"fmt"
	"time"
)

// Trip is one drive to the safe state.
type Trip struct {
	// Reason of the trip; Armed and Idle when there was none.
	Reason Reason
	// At is when the guard tripped, on the clock of rt.Now.
	At int64
	// LastBeat is when the guard saw the last new beat, 0 when it saw none: at most half
	// a period after the controller wrote it.
	LastBeat int64
}

// Detection is how long after the last beat it saw the guard tripped, 0 when it saw
// none.
func (t Trip) Detection() time.Duration {
	if t.LastBeat == 0 || t.Reason == Armed {
		return 0
	}
	return time.Duration(t.At - t.LastBeat)
}

// String is "silent, 20ms after the last beat".
func (t Trip) String() string {
	if t.LastBeat == 0 || t.Reason == Armed {
		return t.Reason.String()
	}
	return fmt.Sprintf("%v, %v after the last beat", t.Reason, t.Detection())
}

// Status is what a guard has counted.
type Status struct {
	// Last is the last trip, or Reason Armed or Idle.
	Last Trip
	// Arms and Trips count the armings, and the drives to the safe state.
	Arms, Trips uint64
	// Looks counts the guard's looks, two a period.
	Looks uint64
	// SafeSent counts the safe frames that left, SafeFailed those that could not, and
	// safe state functions that failed.
	SafeSent, SafeFailed uint64
	// Forwarded counts the controller's frames that the guard has sent, Refused those
	// that the bus had no room for, Discarded those that it took after a trip. All are
	// 0 where the controller has a socket of its own.
	Forwarded, Refused, Discarded uint64
	// Malformed counts frames in the shared memory that cannot be frames.
	Malformed uint64
}

// String gives the state and the counts in one line.
func (s Status) String() string {
	return fmt.Sprintf("%v, %d arms, %d trips, %d looks, %d safe frames sent, %d failed, %d frames forwarded, %d refused, %d discarded, %d malformed",
		s.Last, s.Arms, s.Trips, s.Looks, s.SafeSent, s.SafeFailed, s.Forwarded, s.Refused, s.Discarded, s.Malformed)
}
