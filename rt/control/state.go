package control

import "fmt"

// State is where an axis is, in the caller's units of length or angle.
type State struct {
	// Position in units, Velocity in units/s, Acceleration in units/s².
	Position, Velocity, Acceleration float64
}

// String gives the three numbers with their units.
func (s State) String() string {
	return fmt.Sprintf("%g at %g/s, %g/s²", s.Position, s.Velocity, s.Acceleration)
}
