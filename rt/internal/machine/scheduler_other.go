//go:build !go1.26 || go1.27

package machine

import "time"

// hooked is false: nothing is known about this Go version's scheduler, so
// Strict refuses.
const hooked = false

// The clock counts from the program's start; on Linux clockOffset makes it
// CLOCK_MONOTONIC.
var (
	clockStart  = time.Now()
	clockOffset int64
)

// Now is the time in ns on CLOCK_MONOTONIC, elsewhere than on Linux on the
// runtime's monotonic clock.
func Now() int64 { return clockOffset + int64(time.Since(clockStart)) }

func procPin() int { return 0 }

func procUnpin() {}

func entersyscall() {}

func exitsyscall() {}

func procyield(uint32) {}

func marking() bool { return false }

func pass(bool) {}

// Prologue does nothing here.
func Prologue(int) byte { return 0 }
