package plant

import (
	"time"

	"gonum.org/v1/gonum/mat"
)

// MassSpringConfig describes a mass on a spring with a damper:
//
//	m·d²x/dt² + c·dx/dt + k·x = F
//
// Input: force F. Outputs: position x, velocity.
type MassSpringConfig struct {
	// Period is the rig's step.
	Period time.Duration
	// Mass m in kg, positive; Damping c in N·s/m and Stiffness k in N/m, not negative.
	Mass, Damping, Stiffness float64
	// Position and Velocity are the first ones.
	Position, Velocity float64
}

// NewMassSpring makes the plant.
func NewMassSpring(c MassSpringConfig) (*StateSpace, error) {
	if err := require("MassSpringConfig", c.Period,
		field{"Mass", c.Mass, true, false}, field{"Damping", c.Damping, false, false}, field{"Stiffness", c.Stiffness, false, false},
		field{"Position", c.Position, false, true}, field{"Velocity", c.Velocity, false, true},
	); err != nil {
		return nil, err
	}
	return newStateSpace("mass on a spring", StateSpaceConfig{
		Period: c.Period,
		A:      mat.NewDense(2, 2, []float64{0, 1, -c.Stiffness / c.Mass, -c.Damping / c.Mass}),
		B:      mat.NewDense(2, 1, []float64{0, 1 / c.Mass}),
		C:      mat.NewDense(2, 2, []float64{1, 0, 0, 1}),
		Start:  []float64{c.Position, c.Velocity},
	})
}
