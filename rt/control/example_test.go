package control_test

import (
	"fmt"
	"time"

	"github.com/memkit-go/memkit/rt/control"
)

// A PI controller brings a tank to its level. The valve opens from 0 to 1.
func ExamplePID() {
	pid, err := control.NewPID(control.PIDConfig{
		Gains:  control.Gains{P: 2, I: 0.5},
		Period: 100 * time.Millisecond,
		Min:    0,
		Max:    1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	level := 0.0
	for range 600 { // one minute
		valve := pid.Update(3, level)
		level += (valve - 0.2*level) * 0.1 // inflow and outflow
	}
	fmt.Printf("level %.2f, valve %.2f\n", level, pid.Output())
	// Output: level 3.00, valve 0.60
}

// Position control around velocity control, the outer loop at a quarter of the
// rate.
func ExampleCascade() {
	axis, err := control.NewCascade(control.CascadeConfig{
		Outer: control.PIDConfig{Gains: control.Gains{P: 4}, Period: 4 * time.Millisecond, Min: -2, Max: 2},
		Inner: control.PIDConfig{Gains: control.Gains{P: 20, I: 100}, Period: time.Millisecond, Min: -10, Max: 10},
		Ratio: 4,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	position, velocity := 0.0, 0.0
	for range 5000 {
		force := axis.Update(1, position, velocity)
		velocity += force * 0.001
		position += velocity * 0.001
	}
	fmt.Printf("position %.3f\n", position)
	// Output: position 1.000
}

// A notch filter removes the resonance of a gear at 50 Hz.
func ExampleNotch() {
	notch, err := control.Notch(control.FilterConfig{Hz: 50, Rate: 1000, Q: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, hz := range []float64{5, 50} {
		r := notch.Response(hz)
		fmt.Printf("%2g Hz: gain %.2f\n", hz, real(r)*real(r)+imag(r)*imag(r))
	}
	// Output:
	//  5 Hz: gain 1.00
	// 50 Hz: gain 0.00
}

// Two axes leave and arrive together.
func ExampleTrapezoid_Stretch() {
	limits := control.Limits{Velocity: 1, Acceleration: 2}
	x, err := control.PlanTrapezoid(control.State{}, 2, limits)
	if err != nil {
		fmt.Println(err)
		return
	}
	y, err := control.PlanTrapezoid(control.State{}, 0.5, limits)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := y.Stretch(x.Duration()); err != nil {
		fmt.Println(err)
		return
	}
	half := x.Duration() / 2
	fmt.Printf("%v: x %.2f, y %.2f\n", half, x.At(half).Position, y.At(half).Position)
	// Output: 1.25s: x 1.00, y 0.25
}

// The joint velocities that give a tool velocity, from the arm's Jacobian.
func ExampleMatrix_Solve() {
	jacobian := control.Matrix[control.Vec2]{{-0.5, -0.25}, {1.2, 0.4}}
	joints, ok := jacobian.Solve(control.Vec2{0.1, 0})
	fmt.Printf("%.2f rad/s, %v\n", joints, ok)
	// Output: [0.40 -1.20] rad/s, true
}
