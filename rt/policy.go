package rt

import "fmt"

// Policy is a kernel scheduling policy. The zero value leaves it to the mode:
// FIFO(80) in Strict and Cooperative, Other in Portable.
type Policy int16

// Other is the kernel's ordinary policy, SCHED_OTHER. Only Portable runs under
// it.
const Other Policy = -1

// DefaultPriority is SCHED_FIFO's priority where a config names none: above the
// kernel's threaded interrupt handlers (50), below its watchdog and migration
// threads (99).
const DefaultPriority = 80

// FIFO is SCHED_FIFO at a priority of 1 to 99: the thread runs until it sleeps
// or a higher priority wants its CPU.
func FIFO(priority int) Policy {
	if priority < 1 || priority > 99 {
		return invalidPolicy
	}
	return Policy(priority)
}

const invalidPolicy Policy = -2

// Priority is the SCHED_FIFO priority, 0 under any other policy.
func (p Policy) Priority() int { return max(0, int(p)) }

// String is "default", "SCHED_OTHER" or "SCHED_FIFO 80".
func (p Policy) String() string {
	switch {
	case p == 0:
		return "default"
	case p == Other:
		return "SCHED_OTHER"
	case p < 0 || p > 99:
		return "invalid policy"
	}
	return fmt.Sprintf("SCHED_FIFO %d", int(p))
}
