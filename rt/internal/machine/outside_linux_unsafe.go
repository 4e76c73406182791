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
	// stopped is the status of a P while the world is stopped: _Pgcstop.
	stopped = 3
	// scannedFor bounds how long passOutside waits for a scan, in ns. The thread that
	// scans looks every 10 µs while it runs; where it does not run, the caller comes
	// again after its next step.
	scannedFor = 100_000
	// stoppedFor bounds how long it waits for the end of a stop, in ns: the caller could do
	// nothing else meanwhile.
	stoppedFor = 20_000_000
	// outsideNap is how long it sleeps between two looks, in ns.
	outsideNap = 20_000
)

// passOutside lets a pending stop-the-world or stack scan pass, on a pinned goroutine,
// which may hold another P afterwards. It stays in the state of a system call, in which
// the runtime scans a goroutine and takes its P without its help, until that is over, and
// then takes an idle P itself. A goroutine that comes back earlier finds no P, and one
// that answers a scan in a prologue loses its own: both then wait until other threads,
// which have an ordinary priority, hand them one.
//
// Nothing between the two calls may have a prologue.
func passOutside() {
	p := (*runtimeP)(currentP())
	nap := unix.Timespec{Nsec: outsideNap}
	procUnpin()
	entersyscall()
	start := Now()
	for scanRequested() && Now()-start < scannedFor || currentP() == nil && p.status == stopped && Now()-start < stoppedFor {
		syscall.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&nap)), 0, 0)
	}
	exitsyscall()
	procPin()
}
