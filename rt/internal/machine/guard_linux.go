//go:build go1.26 && !go1.27 && (amd64 || arm64)

package machine

// checked says that this architecture's stack guard and P are known here.
const checked = true

// stackGuard is the calling goroutine's stack limit, which the runtime replaces
// by stackPreempt to make the next prologue yield.
//
//go:noescape
//rt:trust reason="it reads a field of the goroutine"
func stackGuard() uintptr

// stackPreempt is the runtime's -1314.
const stackPreempt = ^uintptr(1313)

// stopRequested reports whether the runtime has asked the goroutine to yield since
// the goroutine's last prologue. So neither this function nor its callers may run
// one between the sleep in question and this call.
//
//go:nosplit
func stopRequested() bool { return stackGuard() == stackPreempt }
