package main

import (
	"math"
	"testing"
)

func TestPendulumStaysUpright(t *testing.T) {
	arm := pendulum{angle: 0.1}
	for range 5000 {
		arm.step(0.001)
	}
	if math.Abs(arm.angle) > 1e-6 {
		t.Fatalf("after 5 s the arm hangs at %v rad", arm.angle)
	}
}
