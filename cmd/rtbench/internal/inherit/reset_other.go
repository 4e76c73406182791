//go:build !linux

package inherit

// Reset does nothing here.
func Reset() (State, error) { return State{Policy: "SCHED_OTHER"}, nil }
