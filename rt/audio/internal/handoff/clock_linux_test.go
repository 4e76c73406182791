package handoff

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic is the clock of the futex.
func monotonic(time.Time) int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic(err)
	}
	return ts.Nano()
}
