package peer

import "time"

// BusKind is how the frames of a [BusLoop] travel.
type BusKind int

// The kinds, in the order of the C code.
const (
	BusDatagram BusKind = iota
	BusLine
	BusMemory
)

// BusLoop is a loop in plain C that sends a command of 8 bytes each period and takes the
// answer to the one before.
type BusLoop struct {
	Kind BusKind
	// FD is the loop's end; with BusMemory there is none, and the device is a thread on
	// EchoCPU.
	FD int
	// CPU and SCHED_FIFO Priority of the loop.
	CPU, Priority, EchoCPU int
	// Start is the first activation, CLOCK_MONOTONIC nanoseconds.
	Start  int64
	Period time.Duration
	// Samples are how many activations it runs for; the answers and commands of the
	// first Warm are not counted.
	Samples, Warm int
}

// BusReport is what a [BusLoop] measured.
type BusReport struct {
	// Response of each activation, from when it was due, Due, until its command had
	// left.
	Response, Due []int64
	// Answered and Late count answers, Sent the commands.
	Answered, Late, Sent int64
}
