package control

import (
	"testing"
	"time"
)

// TestFirstSampleHasNoDerivative: a controller that begins away from zero sees no jump.
func TestFirstSampleHasNoDerivative(t *testing.T) {
	for _, onSetpoint := range []bool{false, true} {
		c, err := NewPID(PIDConfig{Gains: Gains{D: 1}, Period: time.Millisecond, DerivativeOnSetpoint: onSetpoint})
		if err != nil {
			t.Fatal(err)
		}
		if u := c.Update(3, 5); u != 0 {
			t.Errorf("derivative on the set-point %v: the first output is %g", onSetpoint, u)
		}
		if u := c.Update(3, 5.001); u > -0.99 || u < -1.01 {
			t.Errorf("derivative on the set-point %v: the second output is %g, want -1", onSetpoint, u)
		}
	}
}

// TestCascadeResetBeginsWithTheOuter: after Reset the outer controller runs first, as it
// does in the beginning.
func TestCascadeResetBeginsWithTheOuter(t *testing.T) {
	c, err := NewCascade(CascadeConfig{
		Outer: PIDConfig{Gains: Gains{P: 1}, Period: 3 * time.Millisecond},
		Inner: PIDConfig{Gains: Gains{P: 1}, Period: time.Millisecond}, Ratio: 3,
	})
	if err != nil {
		t.Fatal(err)
	}
	if u := c.Update(1, 0, 0); u != 1 {
		t.Fatalf("the first output is %g", u)
	}
	c.Reset()
	if u := c.Update(2, 0, 0); u != 2 {
		t.Errorf("the first output after Reset is %g, want 2", u)
	}
}
