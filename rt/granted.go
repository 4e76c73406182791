package rt

import "time"

// Granted is what a loop really got.
type Granted struct {
	// Mode is never Auto.
	Mode Mode
	// Policy is FIFO(n), Deadline or Other.
	Policy Policy
	// CPU is AnyCPU when the thread may run on several.
	CPU CPU
	// Wake is the method used.
	Wake Wake
	// Pinned: the goroutine never gives up its P.
	Pinned bool
	// SignalsBlocked: all but synchronous faults and 32 to 34 are blocked on
	// the thread.
	SignalsBlocked bool
	// Confined: the process's other threads are kept off the CPU.
	Confined bool
	// MemoryLocked: the process's pages are locked as they are touched.
	MemoryLocked bool
	// CollectorOff: the garbage collector does not run by itself.
	CollectorOff bool
	// TimerSlack is the thread's timer slack in ns where it was changed, else
	// 0. A real-time policy has none.
	TimerSlack int
	// Missing says, one reason each, why Auto did not grant a stricter mode and
	// what else a loop of this mode would like to have.
	Missing []string

	period time.Duration // of a Deadline policy
}
