package plant

import (
	"time"

	"gonum.org/v1/gonum/mat"
)

// ThermalConfig describes a heated body that loses heat to its surroundings:
//
//	C·dT/dt = P − (T − A)/R
//
// Inputs: power P, temperature A of the surroundings. Output: temperature T.
type ThermalConfig struct {
	// Period is the rig's step.
	Period time.Duration
	// Capacity C in J/K and Resistance R in K/W, both positive.
	Capacity, Resistance float64
	// Temperature is the first one of the body.
	Temperature float64
}

// NewThermal makes the plant.
func NewThermal(c ThermalConfig) (*StateSpace, error) {
	if err := require("ThermalConfig", c.Period,
		field{"Capacity", c.Capacity, true, false}, field{"Resistance", c.Resistance, true, false}, field{"Temperature", c.Temperature, false, true},
	); err != nil {
		return nil, err
	}
	rate := 1 / (c.Capacity * c.Resistance)
	return newStateSpace("thermal", StateSpaceConfig{
		Period: c.Period,
		A:      mat.NewDense(1, 1, []float64{-rate}),
		B:      mat.NewDense(1, 2, []float64{1 / c.Capacity, rate}),
		C:      mat.NewDense(1, 1, []float64{1}),
		Start:  []float64{c.Temperature},
	})
}
