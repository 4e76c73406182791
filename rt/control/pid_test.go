package control

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func mustPID(t *testing.T, c PIDConfig) *PID {
	t.Helper()
	s, err := NewPID(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func near(t *testing.T, name string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Fatalf("%s is %.17g, want %.17g within %g", name, got, want, tolerance)
	}
}

// lag is the exact discretisation of the plant 1/(τs + 1).
type lag struct{ a, y float64 }

func newLag(tau, h float64) *lag { return &lag{a: math.Exp(-h / tau)} }

func (p *lag) step(u float64) float64 {
	p.y = p.a*p.y + (1-p.a)*u
	return p.y
}

// With P·(1−I·h/P) = P·a the zero of the controller cancels the plant's pole, and
// the loop's step response is 1 − (1 − P(1−a))^k exactly.
func TestPIStepResponse(t *testing.T) {
	const h, tau, p = 1e-3, 20e-3, 3.0
	plant := newLag(tau, h)
	s := mustPID(t, PIDConfig{Gains: Gains{P: p, I: p * (1 - plant.a) / h}, Period: time.Millisecond})
	for k := range 200 {
		near(t, "response", plant.y, 1-math.Pow(1-p*(1-plant.a), float64(k)), 1e-12)
		plant.step(s.Update(1, plant.y))
	}
}

// Each part alone, against its closed form.
func TestPIDParts(t *testing.T) {
	const h = 1e-2
	integral := mustPID(t, PIDConfig{Gains: Gains{I: 2}, Period: 10 * time.Millisecond})
	for k := range 50 {
		near(t, "integral of a constant", integral.Update(3, 0), 2*3*h*float64(k), 1e-12)
	}
	// A measurement that falls by 1 a second: the filtered derivative approaches D
	// as 1 − decay^k.
	derivative := mustPID(t, PIDConfig{Gains: Gains{D: 0.5}, Period: 10 * time.Millisecond, DerivativeFilter: 40 * time.Millisecond})
	for k := range 50 {
		want := 0.5 * (1 - math.Pow(4.0/5, float64(k)))
		near(t, "derivative of a ramp", derivative.Update(0, -h*float64(k)), want, 1e-12)
	}
	weighted := mustPID(t, PIDConfig{Gains: Gains{P: 2}, Period: time.Second, SetpointWeight: 0.25})
	near(t, "weighted set-point", weighted.Update(4, 1), 2*(0.25*4-1), 1e-15)
	near(t, "feed-forward", weighted.UpdateWith(4, 1, 7), 7, 1e-15)
}

func TestDerivativeSeesSetpointOnRequest(t *testing.T) {
	c := PIDConfig{Gains: Gains{D: 1}, Period: time.Second}
	s := mustPID(t, c)
	s.Update(0, 0)
	near(t, "output after a step of the set-point", s.Update(1, 0), 0, 0)
	c.DerivativeOnSetpoint = true
	s = mustPID(t, c)
	s.Update(0, 0)
	near(t, "output after a step of the set-point", s.Update(1, 0), 1, 0)
}

// A saturated integral must not wind up: after a second against the bound the
// output leaves it within a few periods of the error's change of sign, and not
// after another second.
func TestAntiWindup(t *testing.T) {
	s := mustPID(t, PIDConfig{Gains: Gains{P: 1, I: 10}, Period: time.Millisecond, Min: -1, Max: 1, Tracking: 10 * time.Millisecond})
	for range 1000 {
		near(t, "output", s.Update(5, 0), 1, 0)
		if s.Saturated() != 1 {
			t.Fatal("Saturated is not 1 at Max")
		}
	}
	periods := 0
	for s.Update(-0.1, 0) >= 1 {
		if periods++; periods > 3 {
			t.Fatal("the output stayed at its bound after the error changed its sign")
		}
	}
	s.Reset()
	for range 1000 {
		s.Update(-5, 0)
	}
	if s.Saturated() != -1 || s.Output() != -1 {
		t.Fatalf("at Min: Saturated %d, Output %g", s.Saturated(), s.Output())
	}
}

// At rest against the bound the integral solves I·h·e + back·(bound − u) = 0.
func TestBackCalculationEquilibrium(t *testing.T) {
	const tracking = 0.02
	s := mustPID(t, PIDConfig{Gains: Gains{P: 2, I: 5}, Period: time.Millisecond, Min: -1, Max: 1, Tracking: 20 * time.Millisecond})
	for range 2000 {
		s.Update(3, 0)
	}
	near(t, "integral", s.integral, 1+5*3*tracking-2*3, 1e-9)
}

func TestDefaultTracking(t *testing.T) {
	for _, c := range []struct {
		g    Gains
		want float64
	}{
		{Gains{P: 4, I: 2}, 2},
		{Gains{P: 4, I: 2, D: 8}, 2},
		{Gains{P: 4, I: 2, D: 0.5}, 0.5},
		{Gains{P: 4}, 0},
		{Gains{I: 2}, 0},
		{Gains{P: -4, I: -2}, 2},
	} {
		near(t, "tracking", (&PIDConfig{Gains: c.g}).tracking(), c.want, 1e-15)
	}
	// Without a proportional part the integral follows within one period.
	s := mustPID(t, PIDConfig{Gains: Gains{I: 100}, Period: time.Millisecond, Min: -1, Max: 1})
	for range 1000 {
		s.Update(1, 0)
	}
	near(t, "integral at the bound", s.integral, 1, 100*1e-3+1e-12)
}

func TestTrackIsBumpless(t *testing.T) {
	s := mustPID(t, PIDConfig{Gains: Gains{P: 3, I: 7, D: 0.1}, Period: time.Millisecond, DerivativeFilter: 2 * time.Millisecond, Min: -10, Max: 10})
	for k := range 20 {
		s.Update(1, 0.05*float64(k))
	}
	s.Track(2.5, 0.7, 0.3)
	near(t, "Output after Track", s.Output(), 2.5, 0)
	near(t, "first output after Track", s.Update(0.7, 0.3), 2.5, 1e-12)
	s.Track(99, 0, 0)
	near(t, "Output after Track beyond Max", s.Output(), 10, 0)
}

func TestSetGainsIsBumpless(t *testing.T) {
	for _, to := range []Gains{{P: 9, I: 1, D: 2}, {P: 1}, {}, {P: -3, I: 20, D: 0.01}} {
		s := mustPID(t, PIDConfig{Gains: Gains{P: 3, I: 7, D: 0.1}, Period: time.Millisecond, DerivativeFilter: 50 * time.Millisecond})
		var last float64
		for k := range 20 {
			y := 0.05 * float64(k)
			last = s.Update(1, y)
		}
		if err := s.SetGains(to); err != nil {
			t.Fatal(err)
		}
		// With the last samples and the new gains the output is the last one, but for
		// the step that the integral made since with the old gain.
		now := s.p*(1-0.95) + s.integral + s.derivative
		near(t, "output after SetGains", now, last+7e-3*(1-0.95), 1e-12)
	}
	s := mustPID(t, PIDConfig{Period: time.Second})
	if err := s.SetGains(Gains{I: math.NaN()}); !errors.Is(err, ErrConfig) {
		t.Errorf("SetGains(NaN) = %v", err)
	}
}

func TestPIDRejectsWhatIsNotFinite(t *testing.T) {
	s := mustPID(t, PIDConfig{Gains: Gains{P: 1, I: 1, D: 1}, Period: time.Second, Min: -5, Max: 5})
	before := s.Update(1, 0.5)
	state := *s
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		near(t, "output", s.Update(bad, 0), before, 0)
		near(t, "output", s.Update(0, bad), before, 0)
		near(t, "output", s.UpdateWith(0, 0, bad), before, 0)
		s.Track(bad, 0, 0)
	}
	if s.Rejected() != 12 {
		t.Errorf("Rejected is %d, want 12", s.Rejected())
	}
	state.rejected = s.rejected
	if *s != state {
		t.Error("a sample that is not finite changed the state")
	}
}

func TestReset(t *testing.T) {
	c := PIDConfig{Gains: Gains{P: 1, I: 1, D: 1}, Period: time.Second, DerivativeFilter: time.Second}
	s, fresh := mustPID(t, c), mustPID(t, c)
	for k := range 5 {
		s.Update(1, float64(k))
	}
	s.Reset()
	for k := range 5 {
		y := math.Sin(float64(k))
		near(t, "output after Reset", s.Update(2, y), fresh.Update(2, y), 0)
	}
}

func TestPIDConfigErrors(t *testing.T) {
	ok := PIDConfig{Period: time.Second}
	for field, change := range map[string]func(*PIDConfig){
		"PIDConfig.Period":           func(c *PIDConfig) { c.Period = 0 },
		"PIDConfig.P":                func(c *PIDConfig) { c.P = math.NaN() },
		"PIDConfig.I":                func(c *PIDConfig) { c.I = math.Inf(1) },
		"PIDConfig.D":                func(c *PIDConfig) { c.D = math.Inf(-1) },
		"PIDConfig.Min":              func(c *PIDConfig) { c.Min = math.Inf(-1) },
		"PIDConfig.Max":              func(c *PIDConfig) { c.Min, c.Max = 2, 1 },
		"PIDConfig.SetpointWeight":   func(c *PIDConfig) { c.SetpointWeight = math.NaN() },
		"PIDConfig.DerivativeFilter": func(c *PIDConfig) { c.DerivativeFilter = -1 },
		"PIDConfig.Tracking":         func(c *PIDConfig) { c.Tracking = -1 },
	} {
		c := ok
		change(&c)
		_, err := NewPID(c)
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), field+" is ") {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := NewPID(PIDConfig{Period: 1, Min: 3, Max: 3}); !errors.Is(err, ErrConfig) {
		t.Errorf("Min = Max = 3: %v", err)
	}
}

func TestCascade(t *testing.T) {
	c := CascadeConfig{
		Outer: PIDConfig{Gains: Gains{P: 4}, Period: 4 * time.Millisecond, Min: -1, Max: 1},
		Inner: PIDConfig{Gains: Gains{P: 20, I: 100}, Period: time.Millisecond, Min: -10, Max: 10},
		Ratio: 4,
	}
	s, err := NewCascade(c)
	if err != nil {
		t.Fatal(err)
	}
	// A mass of 1 under a force: position from velocity from force.
	var position, velocity float64
	for k := range 3000 {
		outer := s.Outer().Output()
		f := s.Update(1, position, velocity)
		if k%4 != 0 && s.Outer().Output() != outer {
			t.Fatalf("the outer controller ran at inner update %d", k)
		}
		velocity += f * 1e-3
		position += velocity * 1e-3
		if math.Abs(velocity) > 1.2 {
			t.Fatalf("velocity %g, a fifth or more beyond the outer controller's bound", velocity)
		}
	}
	near(t, "position", position, 1, 1e-3)
	near(t, "velocity", velocity, 0, 1e-3)

	for field, change := range map[string]func(*CascadeConfig){
		"CascadeConfig.Ratio":        func(c *CascadeConfig) { c.Ratio = -1 },
		"CascadeConfig.Outer.Period": func(c *CascadeConfig) { c.Ratio = 0 },
		"PIDConfig.P":                func(c *CascadeConfig) { c.Outer.P = math.NaN() },
		"PIDConfig.D":                func(c *CascadeConfig) { c.Inner.D = math.NaN() },
	} {
		c := c
		change(&c)
		if _, err := NewCascade(c); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), field+" is ") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// While the inner output is at its bound, the outer integral may only move away
// from it.
func TestCascadeHoldsOuterIntegral(t *testing.T) {
	s, err := NewCascade(CascadeConfig{
		Outer: PIDConfig{Gains: Gains{P: 1, I: 10}, Period: time.Millisecond},
		Inner: PIDConfig{Gains: Gains{P: 100}, Period: time.Millisecond, Min: -1, Max: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Update(1, 0, 0)
	before := s.Outer().integral
	for range 100 {
		s.Update(1, 0, 0)
	}
	near(t, "outer integral against the bound", s.Outer().integral, before, 0)
	s.Update(-1, 0, 0)
	if s.Outer().integral >= before {
		t.Error("the outer integral did not move away from the bound")
	}
	s.Reset()
	if s.left != 0 || s.Outer().integral != 0 || s.Inner().Output() != 0 {
		t.Error("Reset left state behind")
	}
}
