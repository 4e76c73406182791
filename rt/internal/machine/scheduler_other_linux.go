//go:build !go1.26 || go1.27

package machine

import (
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	var ts unix.Timespec
	since := int64(time.Since(clockStart))
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) == nil {
		clockOffset = ts.Nano() - since
	}
}
