package gpu

import (
	"fmt"
	"strings"
)

// LeakError lists all that had not been closed before its device.
type LeakError struct {
	Buffers []Leak
	Jobs    int
	Kernels int
}

// Leak is the memory of live buffers of one name.
type Leak struct {
	Pool, Name string
	Bytes      uint64
}

func (e *LeakError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "gpu: not closed before the device: %d jobs, %d kernels", e.Jobs, e.Kernels)
	for _, l := range e.Buffers {
		fmt.Fprintf(&b, ", buffers %q (%d bytes) of pool %q", l.Name, l.Bytes, l.Pool)
	}
	return b.String()
}
