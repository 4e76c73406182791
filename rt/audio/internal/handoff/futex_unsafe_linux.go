package handoff

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	futexWaitBitset = 9 | 128 // private, absolute time of CLOCK_MONOTONIC
	futexWake       = 1 | 128
	futexAnyBit     = 0xffffffff
)

// futexWaitFor sleeps while *word is old, at most until the time, and reports
// whether that has come. The raw system call keeps the caller's P: the return
// queues behind no other goroutine.
//
// Cost: O(1). Allocates: no. Blocks: until the time at most. Caller: any.
//
//rt:nonallocating
//rt:allow ML602 reason="waits for a block, until the time at most"
func futexWaitFor(word *uint32, old uint32, until int64) (timeout bool) {
	ts := unix.NsecToTimespec(until)
	_, _, e := syscall.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaitBitset, uintptr(old), uintptr(unsafe.Pointer(&ts)), 0, futexAnyBit)
	return e == syscall.ETIMEDOUT
}

// futexWakeOne wakes the waiter.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func futexWakeOne(word *uint32) {
	//rt:allow ML602 reason="waking does not wait"
	syscall.RawSyscall(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWake, 1)
}
