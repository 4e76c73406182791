package record

// Cause says whose fault a late sample was, as far as it can be read.
type Cause uint16

const (
	// Unattributed: nothing readable explains it; the kernel or the host.
	Unattributed Cause = 0
	// Steal: the hypervisor ran something else.
	Steal Cause = 1 << (iota - 1)
	// Fault: a page fault inside the window.
	Fault
	// Switch: another thread took the CPU.
	Switch
	// Interrupted: a signal ended the sleep early (EINTR).
	Interrupted
	// LostP: the Go scheduler took the thread's processor away.
	LostP
	// StoppedWorld: a stop-the-world covered it.
	StoppedWorld
	// Throttled: the kernel's real-time throttling held the thread back.
	Throttled
	// Overrun: the previous step ran past its period.
	Overrun
)
