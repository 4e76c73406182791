package peer

import "time"

// ReferenceConfig says what a [Reference] does.
type ReferenceConfig struct {
	// CPU it is tied to and SCHED_FIFO Priority it runs with.
	CPU, Priority int
	// Start is the first activation, CLOCK_MONOTONIC nanoseconds; the others
	// follow at Period.
	Start  int64
	Period time.Duration
	// Stall is the lateness from which a wake is logged as a stall.
	Stall time.Duration
	// Samples and Stalls are how many of each it has room for.
	Samples, Stalls int
}

// ReferenceReport is what a [Reference] saw.
type ReferenceReport struct {
	// Latency is the lateness of each wake in nanoseconds, up to the room given.
	Latency []int64
	// Stalls are the late wakes, each from the intended to the true moment.
	Stalls []Window
	// Wakes and Skipped count activations: those it woke for and those that it
	// woke a whole period too late for.
	Wakes, Skipped int64
}

// Window is a stretch of time, CLOCK_MONOTONIC nanoseconds.
type Window struct{ From, To int64 }
