//go:build !linux

package ring

import "time"

// futexWait sleeps for a millisecond at most: there is no futex here.
func futexWait(_ *uint32, _ uint32, timeout time.Duration) {
	time.Sleep(min(timeout, time.Millisecond))
}

func futexWake(*uint32) {}
