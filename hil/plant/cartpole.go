package plant

import (
	"math"
	"time"
)

// CartPoleConfig describes a pole on a cart, without friction: a uniform rod on a hinge
// (R. V. Florian, Correct equations for the dynamics of the cart-pole system, 2007).
//
// Input: force on the cart in N. Outputs: position of the cart in m, its velocity, angle
// of the pole from upright in rad, its angular velocity.
type CartPoleConfig struct {
	// Period is the rig's step.
	Period time.Duration
	// Cart and Pole are the masses in kg, Length is the pole's in m; all positive.
	Cart, Pole, Length float64
	// Gravity in m/s²; 0 means 9.80665.
	Gravity float64
	// Angle and Position are the first ones, at rest.
	Angle, Position float64
	// Substeps is how many integration steps make one step of the rig; 0 means 1.
	Substeps int
}

// NewCartPole makes the plant.
func NewCartPole(c CartPoleConfig) (*ODE, error) {
	if err := require("CartPoleConfig", c.Period,
		field{"Cart", c.Cart, true, false}, field{"Pole", c.Pole, true, false}, field{"Length", c.Length, true, false},
		field{"Gravity", c.Gravity, false, false}, field{"Angle", c.Angle, false, true}, field{"Position", c.Position, false, true},
	); err != nil {
		return nil, err
	}
	if c.Gravity == 0 {
		c.Gravity = 9.80665
	}
	half, total := c.Length/2, c.Cart+c.Pole
	return NewODE(ODEConfig{
		Kind: "cart-pole", Period: c.Period, Substeps: c.Substeps,
		Start: []float64{c.Position, 0, c.Angle, 0}, Inputs: 1, Outputs: 4,
		Derivative: func(x, u, d []float64) {
			force := 0.0
			if len(u) > 0 {
				force = u[0]
			}
			sin, cos := math.Sincos(x[2])
			push := (force + c.Pole*half*x[3]*x[3]*sin) / total
			turn := (c.Gravity*sin - cos*push) / (half * (4.0/3 - c.Pole*cos*cos/total))
			d[0], d[1] = x[1], push-c.Pole*half*turn*cos/total
			d[2], d[3] = x[3], turn
		},
	})
}
