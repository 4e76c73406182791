package alloc

import "golang.org/x/sys/unix"

// realTimeThread reports whether the calling thread runs under a real-time
// scheduling policy. It is a raw system call, so a pinned thread keeps its
// P.
func realTimeThread() bool {
	//rt:allow ML602 reason="sched_getscheduler does not wait"
	policy, _, errno := unix.RawSyscall(unix.SYS_SCHED_GETSCHEDULER, 0, 0, 0)
	if errno != 0 {
		return true // unknown: better to refuse
	}
	switch policy &^ unix.SCHED_RESET_ON_FORK {
	case unix.SCHED_FIFO, unix.SCHED_RR, unix.SCHED_DEADLINE:
		return true
	}
	return false
}
