package bus

import "fmt"

// Stats of an [Exchange].
type Stats struct {
	// Sent counts the commands that left, Unsent those that the port refused.
	Sent, Unsent uint64
	// Answered counts the commands whose answer the next step read. Late counts those
	// whose answer a later step read, Lost those whose answer did not come within
	// the window, unsent ones included.
	Answered, Late, Lost uint64
	// Duplicate counts answers to a command that had one, OutOfOrder answers to a
	// command before one that was answered already; the latter count as late too.
	Duplicate, OutOfOrder uint64
	// Malformed counts frames that are too short or too long, Unexpected those that
	// answer no command of the window.
	Malformed, Unexpected uint64
	// Missed counts the periods in which no step ran.
	Missed uint64
	// LateBy and LostBy say who held the answers up, by [Cause].
	LateBy, LostBy [causes]uint64
	// Success is how many of the last 100 decided commands were answered in their
	// period. Before there are 100 it counts those there are.
	Success int
	// Decided is how many commands Success is of, at most 100.
	Decided int
}

// String gives the counts and the causes in one line.
func (s Stats) String() string {
	return fmt.Sprintf("%d sent, %d answered, %d late (controller %d, kernel %d, wire %d), %d lost (controller %d, kernel %d, wire %d), %d of the last %d in time",
		s.Sent, s.Answered, s.Late, s.LateBy[Controller], s.LateBy[Kernel], s.LateBy[Wire],
		s.Lost, s.LostBy[Controller], s.LostBy[Kernel], s.LostBy[Wire], s.Success, s.Decided)
}
