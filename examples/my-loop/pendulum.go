package main

import "math"

// pendulum stands for the work of a real step: an inverted pendulum and the
// controller that keeps it upright.
type pendulum struct {
	angle, velocity float64 // rad, rad/s
}

const (
	gravity = 9.81 // m/s²
	length  = 0.5  // m
	kp, kd  = 40, 6
)

// step advances the arm by dt seconds under PD control.
func (p *pendulum) step(dt float64) {
	torque := -kp*p.angle - kd*p.velocity
	p.velocity += (gravity/length*math.Sin(p.angle) + torque) * dt
	p.angle += p.velocity * dt
}
