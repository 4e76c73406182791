package main

import (
	"math"
	"math/rand/v2"
)

// cartPole is a pole on a cart that runs on rails without friction (R. V. Florian,
// Correct equations for the dynamics of the cart-pole system, 2007).
type cartPole struct {
	position, speed float64 // m, m/s
	angle, spin     float64 // rad from upright, rad/s
	noise           *rand.Rand
	worst           float64
}

const (
	cartMass   = 1.0  // kg
	poleMass   = 0.1  // kg
	halfLength = 0.5  // m
	gravity    = 9.81 // m/s²
)

func newCartPole(seed uint64) *cartPole {
	return &cartPole{angle: 0.1, noise: rand.New(rand.NewPCG(seed, 0))}
}

// move lets a period pass under a force, in four steps of the semi-implicit Euler
// method.
func (c *cartPole) move(force float64) {
	const parts = 4
	dt := period.Seconds() / parts
	for range parts {
		sin, cos := math.Sincos(c.angle)
		push := (force + poleMass*halfLength*c.spin*c.spin*sin) / (cartMass + poleMass)
		turn := (gravity*sin - cos*push) / (halfLength * (4.0/3 - poleMass*cos*cos/(cartMass+poleMass)))
		run := push - poleMass*halfLength*turn*cos/(cartMass+poleMass)
		c.spin += turn * dt
		c.angle += c.spin * dt
		c.speed += run * dt
		c.position += c.speed * dt
	}
	c.worst = max(c.worst, math.Abs(c.angle))
}

// sense reads the sensors: 0.2 mrad and 0.1 mm of noise, and one in a thousand angles is
// no number.
//
//rt:allow ML604 reason="the generator draws again with a probability below one in a hundred"
func (c *cartPole) sense() (position, angle float64) {
	position = c.position + 1e-4*c.noise.NormFloat64()
	angle = c.angle + 2e-4*c.noise.NormFloat64()
	if c.noise.IntN(1000) == 0 {
		angle = math.NaN()
	}
	return position, angle
}
