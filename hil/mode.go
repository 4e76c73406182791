package hil

import "fmt"

// Mode says how a rig's simulated time runs.
type Mode uint8

const (
	// LockStep lets simulated time stand still until the device has answered: the
	// same scenario gives the same values in every run, at any speed.
	LockStep Mode = iota
	// Paced steps at the rig's rate by the wall clock, and gives the device until its
	// deadline in each step. What comes later is a miss.
	Paced
	// FreeRun steps at the rig's rate and waits for nothing: each step takes the
	// newest command that has arrived.
	FreeRun
)

// String is "lock-step", "paced" or "free run".
func (m Mode) String() string {
	switch m {
	case LockStep:
		return "lock-step"
	case Paced:
		return "paced"
	case FreeRun:
		return "free run"
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}
