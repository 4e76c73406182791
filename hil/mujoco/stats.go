package mujoco

import "fmt"

// Stats counts what MuJoCo allocated.
type Stats struct {
	// Allocations and Frees since Open, and the allocations that the heap refused.
	Allocations, Frees, Refused int64
	// Bytes are live now, with headers and rounding; Peak is the most that were.
	Bytes, Peak int64
}

// String is "6 allocations, 6 frees, 0 refused; 0 bytes, 1048576 at the peak".
func (s Stats) String() string {
	return fmt.Sprintf("%d allocations, %d frees, %d refused; %d bytes, %d at the peak", s.Allocations, s.Frees, s.Refused, s.Bytes, s.Peak)
}
