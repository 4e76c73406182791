package gpu

import "time"

// Handle names an object of a backend. 0 is none.
type Handle uint32

// Backend is one open device. [Device] checks sizes, states and lifetimes before
// it calls a Backend, and serialises the calls of Submit for each queue; everything
// else may be called from several goroutines at once.
type Backend interface {
	Caps() Caps

	// Allocate makes memory, and Import makes memory of the device out of memory of
	// the host, which must live until Free.
	Allocate(size uint64, t MemoryType) (Handle, error)
	Import(host []byte) (Handle, error)
	Free(memory Handle)
	// Map returns size bytes of visible memory from offset on. The slice is valid
	// until Free.
	Map(memory Handle, offset, size uint64) ([]byte, error)
	// Flush makes what the CPU wrote visible to jobs submitted later, and Invalidate
	// makes what finished jobs wrote visible to the CPU, in memory that is not
	// coherent. Offsets and sizes are multiples of Caps.Alignment.
	Flush(memory Handle, offset, size uint64) error
	Invalidate(memory Handle, offset, size uint64) error

	NewKernel(c *KernelCode) (Handle, error)
	FreeKernel(kernel Handle)

	// NewTimeline makes a counter that submitted work raises.
	NewTimeline() (Handle, error)
	FreeTimeline(timeline Handle)
	// Value is a timeline's value now.
	Value(timeline Handle) (uint64, error)
	// Spin polls until the timeline has reached the value, and Wait sleeps; both for
	// as long as limit at most, and then return ErrTimeout.
	Spin(timeline Handle, value uint64, limit time.Duration) error
	Wait(timeline Handle, value uint64, limit time.Duration) error

	// Record prepares commands to be submitted any number of times, one at a time.
	Record(r *Recording) (Handle, error)
	FreeRecording(recording Handle)
	// Submit starts recorded commands when all waits have been reached; the signals
	// are raised when they are done. It neither allocates nor waits.
	Submit(recording Handle, waits, signals []Point) error

	// Heaps is what the driver says of its memory now.
	Heaps() ([]HeapUse, error)
	// Close gives everything back. No work is in flight.
	Close() error
}

// Point is a value on a timeline.
type Point struct {
	Timeline Handle
	Value    uint64
}

// HeapUse is the state of one heap of a device.
type HeapUse struct {
	// Size is the heap's. Budget is how much of it this process should use at
	// most, and Used how much it uses; both 0 where the driver does not tell.
	Size   uint64 `json:"size"`
	Budget uint64 `json:"budget"`
	Used   uint64 `json:"used"`
}
