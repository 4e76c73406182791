package rt

import (
	"fmt"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"time"
)

// Policy is a kernel scheduling policy. The zero value leaves it to the mode:
// FIFO(80) in Strict and Cooperative, Other in Portable.
type Policy int64

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

// Deadline is SCHED_DEADLINE: of each of the loop's periods the kernel reserves
// runtime for the thread, within deadline of its wake-up, and stops a thread that
// wants more until its next period (Abeni and Buttazzo 1998, the constant
// bandwidth server). Runtime ≤ deadline ≤ period; both are kept in whole
// microseconds, runtime rounded up and deadline down.
//
// Such a thread runs on any CPU, so the loop's must be AnyCPU. The kernel admits
// it only if all reservations fit, [ErrNoBandwidth] otherwise. It wakes no earlier
// than under FIFO: what it buys is the guarantee that a step which runs too long
// cannot starve the others.
func Deadline(runtime, deadline time.Duration) Policy {
	r := (runtime + time.Microsecond - 1) / time.Microsecond
	d := deadline / time.Microsecond
	if r < 1 || r > maxReserved || d < 1 || d > maxReserved {
		return invalidPolicy
	}
	return reserved | Policy(r)<<reservedBits | Policy(d)
}

const (
	invalidPolicy Policy = -2

	// A Deadline is this bit, the runtime and the deadline, so that a Policy
	// stays one comparable word that crosses processes. 30 bits of microseconds
	// are 17 minutes; the kernel takes periods of up to 4 s.
	reserved     Policy = 1 << 62
	reservedBits        = 30
	maxReserved         = 1<<reservedBits - 1

	// shortestRuntime is what the kernel reserves at least, 1,024 ns, in whole
	// microseconds.
	shortestRuntime = 2 * time.Microsecond
)

// Priority is the SCHED_FIFO priority, 0 under any other policy.
func (p Policy) Priority() int {
	if p < 0 || p > 99 {
		return 0
	}
	return int(p)
}

// Reservation is what a Deadline policy reserves; 0 under any other.
func (p Policy) Reservation() (runtime, deadline time.Duration) {
	if p < reserved {
		return 0, 0
	}
	p &^= reserved
	return time.Duration(p>>reservedBits) * time.Microsecond, time.Duration(p&maxReserved) * time.Microsecond
}

// Valid reports whether p is one that FIFO, Deadline or a constant of this package
// gives; FIFO(100) is not.
func (p Policy) Valid() bool { return p >= Other && p <= 99 || p > reserved }

// String is "default", "SCHED_OTHER", "SCHED_FIFO 80" or "SCHED_DEADLINE 100µs
// of 500µs".
func (p Policy) String() string {
	switch {
	case p == 0:
		return "default"
	case p == Other:
		return "SCHED_OTHER"
	case !p.Valid():
		return "invalid policy"
	case p > reserved:
		runtime, deadline := p.Reservation()
		return fmt.Sprintf("SCHED_DEADLINE %v of %v", runtime, deadline)
	}
	return fmt.Sprintf("SCHED_FIFO %d", int(p))
}

// scheduling is the policy as the kernel takes it, for a loop of the period.
func (p Policy) scheduling(period time.Duration) machine.Scheduling {
	if p < reserved {
		return machine.Scheduling{Policy: machine.SchedFIFO, Priority: uint32(p.Priority()), Flags: machine.ResetOnFork}
	}
	runtime, deadline := p.Reservation()
	return machine.Scheduling{
		Policy: machine.SchedDeadline, Flags: machine.ResetOnFork,
		Runtime: uint64(runtime), Deadline: uint64(deadline), Period: uint64(period),
	}
}
