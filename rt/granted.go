package rt

import (
	"fmt"
	"strings"
	"time"
)

// Granted is what a loop got of its config.
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

// String is a sentence: "strict under SCHED_FIFO 80 on CPU 1, woken by sleep,
// pinned, signals blocked, alone on its CPU, memory locked, collector off", and the
// missing things after a semicolon.
func (g Granted) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v under %v on ", g.Mode, g.Policy)
	if g.CPU == AnyCPU {
		b.WriteString("any CPU")
	} else {
		fmt.Fprintf(&b, "CPU %v", g.CPU)
	}
	fmt.Fprintf(&b, ", woken by %v", g.Wake)
	for _, has := range []struct {
		yes  bool
		text string
	}{
		{g.Pinned, "pinned"},
		{g.SignalsBlocked, "signals blocked"},
		{g.Confined, "alone on its CPU"},
		{g.MemoryLocked, "memory locked"},
		{g.CollectorOff, "collector off"},
		{g.TimerSlack > 0, fmt.Sprintf("timer slack %d ns", g.TimerSlack)},
	} {
		if has.yes {
			b.WriteString(", " + has.text)
		}
	}
	if len(g.Missing) > 0 {
		b.WriteString("; missing: " + strings.Join(g.Missing, "; "))
	}
	return b.String()
}
