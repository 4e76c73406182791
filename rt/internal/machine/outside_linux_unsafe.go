//go:build linux && go1.26 && !go1.27 && (amd64 || arm64)

package machine

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// scanRequested reports whether a collection waits for the calling goroutine in order to
// scan its stack: g.preemptStop. TestScanRequested compares its place with the runtime's
// debugging information.
//
//go:noescape
func scanRequested() bool

const (
	// scannedFor bounds how long passOutside waits for a scan, in ns. The thread that
	// scans looks every 10 µs while it runs; where it does not run, the caller comes
	// again after its next step.
	scannedFor = 100_000
	// outsideNap is how long it sleeps between two looks, in ns.
	outsideNap = 20_000
)

// passOutside lets a pending stop-the-world or stack scan pass, on a pinned goroutine,
// which may hold another P afterwards. For a scan it stays in the state of a system call,
// in which the runtime scans a goroutine without its help, and so keeps its P. A
// goroutine that answers in a prologue is parked instead, and waits until other threads,
// which have an ordinary priority, hand it a P.
//
// Nothing between the two calls may have a prologue.
func passOutside() {
	nap := unix.Timespec{Nsec: outsideNap}
	procUnpin()
	entersyscall()
	for end := Now() + scannedFor; scanRequested() && Now() < end; {
		syscall.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&nap)), 0, 0)
	}
	exitsyscall()
	procPin()
}
