package trace

import "fmt"

// Stats count a [Writer]'s events.
type Stats struct {
	// Written events are in the trace.
	Written int64
	// Dropped events are not: the buffer was full, or an event had lost its
	// other half, its nesting (deeper than 256 spans) or its name.
	Dropped int64
}

// String is "18 events written, 0 dropped".
func (s Stats) String() string {
	return fmt.Sprintf("%d events written, %d dropped", s.Written, s.Dropped)
}
