//go:build go1.26 && !go1.27

package machine

import "unsafe" // also for go:linkname

// This file is the only one that calls the runtime's scheduler. Every symbol in it
// is one that the runtime marks as linkable from outside; the assumptions about
// each were checked in the source of the Go version that the build constraint
// names. Another version is built with scheduler_other.go, where Strict returns an
// error.

// hooked says that this Go version's scheduler is known here.
const hooked = true

// Now is the time in ns on CLOCK_MONOTONIC, elsewhere than on Linux on the
// runtime's monotonic clock.
//
//rt:trust reason="nanotime reads the clock through the vDSO, without a system call"
//go:linkname Now runtime.nanotime
//go:noescape
func Now() int64

// procPin keeps the calling goroutine on its processor (P) and returns the P's
// number. It nests.
//
//rt:trust reason="it counts a field of the thread"
//go:linkname procPin runtime.procPin
//go:nosplit
func procPin() int

//rt:trust reason="it counts a field of the thread"
//go:linkname procUnpin runtime.procUnpin
//go:nosplit
func procUnpin()

//rt:trust reason="it gives the P up only when the runtime waits for it"
//go:linkname entersyscall runtime.entersyscall
//go:nosplit
func entersyscall()

//rt:trust reason="it takes the P back that entersyscall kept; where the runtime took it, the thread queues, as pass says"
//go:linkname exitsyscall runtime.exitsyscall
//go:nosplit
func exitsyscall()

// procyield executes the CPU's spin-wait hint n times.
//
//rt:trust reason="it spins for n turns"
//go:linkname procyield runtime.procyield
//go:nosplit
func procyield(n uint32)

// writeBarrier.enabled is set while a collection marks.
//
//go:linkname writeBarrier runtime.writeBarrier
var writeBarrier struct {
	enabled bool
	_       [3]byte
	_       uint64
}

// overrideWrite, when it is set, replaces the write of all that the runtime prints.
//
//go:linkname overrideWrite runtime.overrideWrite
var overrideWrite func(fd uintptr, p unsafe.Pointer, n int32) int32

// marking reports whether a garbage collection is marking now.
func marking() bool { return writeBarrier.enabled }

// pass lets a pending stop-the-world pass, on a pinned goroutine, which may hold
// another P afterwards. entersyscall gives the P up only when the
// runtime waits for it, so a mere time-slice request, which sysmon makes of any
// goroutine that has run for 10 ms, costs nothing: a function prologue could not
// tell the two apart and would queue behind every busy goroutine. A collection
// that marks has to suspend the goroutine to scan its stack, and that is answered
// by a prologue only. Nothing else here may have one, hence nosplit.
//
// sysmon may take the P if it looks within the ~20 ns between the two calls; the
// pinned thread then queues for another. That is why a loop passes here only when a
// request stands, and not on each tick.
//
//go:nosplit
func pass(collection bool) {
	procUnpin()
	entersyscall()
	exitsyscall() // restores a request that a pinned prologue has cleared
	if collection {
		Prologue(0)
	}
	procPin()
}

// Prologue has a stack check, in which the runtime can stop the goroutine: its frame
// is too large for the linker to leave the check out.
//
//go:noinline
func Prologue(i int) byte {
	var frame [512]byte
	frame[i&511] = 1
	return frame[(i+1)&511]
}
