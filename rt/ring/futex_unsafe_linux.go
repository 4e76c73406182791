package ring

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The word may lie in memory that processes share, so the operations are not the
// private ones. See futex(2).
const (
	futexWaitOp = 0
	futexWakeOp = 1
)

// futexWait sleeps while *word is old, for so long at most. It may return early.
func futexWait(word *uint32, old uint32, timeout time.Duration) {
	ts := unix.NsecToTimespec(int64(timeout))
	syscall.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaitOp, uintptr(old), uintptr(unsafe.Pointer(&ts)), 0, 0)
}

// futexWake wakes all who sleep on word.
//
// Cost: O(1), a system call. Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func futexWake(word *uint32) {
	//rt:allow ML602 reason="waking does not wait"
	syscall.RawSyscall(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWakeOp, 1<<31-1)
}
