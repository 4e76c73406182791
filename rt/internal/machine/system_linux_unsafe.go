//go:build linux

package machine

import (
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/internal/procfs"
)

// sleepRaw sleeps to an absolute time without telling the Go scheduler, so that the
// thread keeps its P: sysmon cannot retake it, and the return does not queue.
func sleepRaw(until int64) syscall.Errno {
	ts := unix.NsecToTimespec(until)
	_, _, e := syscall.RawSyscall6(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, uintptr(unsafe.Pointer(&ts)), 0, 0, 0)
	return e
}

// sleepYielding sleeps to an absolute time as a system call that gives up the P.
func sleepYielding(until int64) syscall.Errno {
	ts := unix.NsecToTimespec(until)
	_, _, e := syscall.Syscall6(unix.SYS_CLOCK_NANOSLEEP, unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, uintptr(unsafe.Pointer(&ts)), 0, 0, 0)
	return e
}

// timerRaw arms a timerfd for an absolute time and waits for it, keeping the P.
func timerRaw(fd int, until int64) syscall.Errno {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(until)}
	_, _, e := syscall.RawSyscall6(unix.SYS_TIMERFD_SETTIME, uintptr(fd), unix.TFD_TIMER_ABSTIME, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	if e != 0 {
		return e
	}
	var expirations uint64
	_, _, e = syscall.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&expirations)), 8)
	return e
}

// timerYielding is timerRaw giving up the P while it waits.
func timerYielding(fd int, until int64) syscall.Errno {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(until)}
	_, _, e := syscall.RawSyscall6(unix.SYS_TIMERFD_SETTIME, uintptr(fd), unix.TFD_TIMER_ABSTIME, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	if e != 0 {
		return e
	}
	var expirations uint64
	_, _, e = syscall.Syscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&expirations)), 8)
	return e
}

// pollRaw waits until fd can be read or the absolute time has come, keeping the P. A
// descriptor that has only failed is not readable; the call then returns at once.
func pollRaw(fd int, until int64) (bool, syscall.Errno) {
	wait := unix.NsecToTimespec(max(0, until-Now()))
	p := unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	_, _, e := syscall.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&wait)), 0, 0, 0)
	return e == 0 && p.Revents&unix.POLLIN != 0, e
}

// threadUsage asks without telling the Go scheduler, in about 200 ns.
func threadUsage() (Usage, error) {
	var r unix.Rusage
	//rt:allow ML602 reason="getrusage does not wait"
	_, _, e := syscall.RawSyscall(unix.SYS_GETRUSAGE, unix.RUSAGE_THREAD, uintptr(unsafe.Pointer(&r)), 0)
	if e != 0 {
		return Usage{}, e
	}
	return Usage{int64(r.Minflt), int64(r.Majflt), int64(r.Nvcsw), int64(r.Nivcsw)}, nil
}

// readSchedstat reads the schedstat that fd is, keeping the P.
func readSchedstat(fd int) (procfs.Schedstat, bool) {
	if fd < 0 {
		return procfs.Schedstat{}, false
	}
	var text [64]byte // three numbers of at most 20 digits
	//rt:allow ML602 reason="the kernel computes a schedstat without waiting"
	n, _, e := syscall.RawSyscall6(unix.SYS_PREAD64, uintptr(fd), uintptr(unsafe.Pointer(&text)), uintptr(len(text)), 0, 0, 0)
	if e != 0 {
		return procfs.Schedstat{}, false
	}
	return procfs.ParseSchedstat(text[:n])
}

// spinOutside bounds how long waitOutside keeps its CPU while the world is
// stopped: far below the 950 ms a second at which the kernel throttles real-time
// threads, and above the longest stop that a loop's StopWait allows by default.
const spinOutside = 20_000_000

// waitOutside waits for the phase renewed as a system call does, so that the
// runtime takes the caller's P; then it takes an idle P, if there is one, and
// returns how long that took. It sleeps until the phase renewing and spins from
// there, because a wake-up would come after the other threads' own. Without spin it
// sleeps on: on a CPU that it shares with the thread that renews the Ps, it would keep
// that one from its work for all of spinOutside.
//
// Between the two runtime calls nothing may have a prologue, a write barrier or
// race instrumentation. The loads are plain for that reason; the calls between
// them keep the compiler from moving them.
//
//go:nosplit
//go:norace
func waitOutside(phase *atomic.Uint32, spin bool) (taking int64) {
	now := (*uint32)(unsafe.Pointer(phase))
	nap := unix.Timespec{Nsec: 20_000}
	entersyscall()
	for *now < Renewing {
		syscall.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&nap)), 0, 0)
	}
	for end := Now() + spinOutside; spin && *now < Renewed && Now() < end; {
		procyield(10)
	}
	for *now < Renewed {
		syscall.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&nap)), 0, 0)
	}
	start := Now()
	exitsyscall()
	return Now() - start
}

// The operations of futex(2) on memory of one process.
const (
	futexWaitPrivate = 0 | 128
	futexWakePrivate = 1 | 128
)

// futexWake wakes every thread that waits for word, keeping the P.
func futexWake(word *atomic.Uint32) {
	//rt:allow ML602 reason="waking does not wait"
	syscall.RawSyscall(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWakePrivate, 1<<30)
}

// futexWait waits while *word is value, giving up the P.
func futexWait(word *atomic.Uint32, value uint32, ns int64) {
	limit := unix.NsecToTimespec(ns)
	syscall.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaitPrivate, uintptr(value), uintptr(unsafe.Pointer(&limit)), 0, 0)
}
