package main

import (
	"time"

	"github.com/memkit-go/memkit/rt/control"
)

// balancer holds the pole upright with one controller, whose set-point a slower one
// leans so that the cart comes to the middle.
type balancer struct {
	angle, position *control.Filter
	lean            *control.PID // m to rad
	upright         *control.PID // rad to N
	force           float64
}

func newBalancer() (b *balancer, err error) {
	b = &balancer{}
	rate := float64(time.Second / period)
	if b.angle, err = control.SecondOrderLowPass(control.FilterConfig{Hz: 60, Rate: rate}); err != nil {
		return nil, err
	}
	if b.position, err = control.SecondOrderLowPass(control.FilterConfig{Hz: 60, Rate: rate}); err != nil {
		return nil, err
	}
	if b.lean, err = control.NewPID(control.PIDConfig{
		Gains: control.Gains{P: 0.06, D: 0.1}, Period: period, DerivativeFilter: 30 * time.Millisecond, Min: -0.15, Max: 0.15,
	}); err != nil {
		return nil, err
	}
	b.upright, err = control.NewPID(control.PIDConfig{
		Gains: control.Gains{P: 80, D: 16}, Period: period, DerivativeFilter: 5 * time.Millisecond, Min: -60, Max: 60,
	})
	return b, err
}

// update is one period: the sensors in, the force out.
func (b *balancer) update(position, angle float64) float64 {
	p, a := b.position.Update(position), b.angle.Update(angle)
	// The cart runs under the pole: a force to the right tips the pole to the left.
	b.force = -b.upright.Update(b.lean.Update(0, p), a)
	return b.force
}

func (b *balancer) rejected() uint64 { return b.angle.Rejected() + b.position.Rejected() }
