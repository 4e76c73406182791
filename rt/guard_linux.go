//go:build go1.26 && !go1.27 && (amd64 || arm64)

package rt

// stackGuard is the calling goroutine's stack limit, which the runtime replaces
// by stackPreempt to make the next prologue yield.
//
//go:noescape
func stackGuard() uintptr

// stackPreempt is the runtime's -1314.
const stackPreempt = ^uintptr(1313)

// stopRequested reports whether someone has asked the goroutine to yield since
// its last prologue, which is why neither this nor its caller's way here may have
// one after the sleep that it asks about.
//
//go:nosplit
func stopRequested() bool { return stackGuard() == stackPreempt }
