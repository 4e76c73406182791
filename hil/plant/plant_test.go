package plant_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/plant"
)

// run steps a plant n times with constant inputs.
func run(t testing.TB, p hil.Plant, period time.Duration, n int, u, y []float64) {
	t.Helper()
	for i := range n {
		tick := hil.Tick{Step: int64(i), Time: int64(i) * int64(period), Period: int64(period)}
		if err := p.Step(tick, u, y); err != nil {
			t.Fatal(err)
		}
	}
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Max(math.Abs(want), 1e-3)) {
		t.Errorf("%s is %.15g, want %.15g", what, got, want)
	}
}

var motor = plant.DCMotorConfig{Period: time.Millisecond, Resistance: 1.2, Inductance: 0.9e-3, Constant: 0.05, Inertia: 2e-5, Friction: 1e-5}

// A DC motor's speed after a step of the voltage is a sum of two exponentials.
func TestDCMotorAgainstClosedForm(t *testing.T) {
	p, err := plant.NewDCMotor(motor)
	if err != nil {
		t.Fatal(err)
	}
	c := motor
	// s² + b·s + c of the speed's equation, its roots and its final value.
	b := c.Resistance/c.Inductance + c.Friction/c.Inertia
	d := (c.Resistance*c.Friction + c.Constant*c.Constant) / (c.Inductance * c.Inertia)
	root := math.Sqrt(b*b/4 - d)
	if math.IsNaN(root) {
		t.Fatal("the motor of the test must not oscillate")
	}
	p1, p2 := -b/2+root, -b/2-root
	speed := func(at float64) float64 {
		final := 12 * c.Constant / (c.Resistance*c.Friction + c.Constant*c.Constant)
		return final * (1 + (p2*math.Exp(p1*at)-p1*math.Exp(p2*at))/(p1-p2))
	}
	y := make([]float64, 3)
	for n := range 200 {
		run(t, p, c.Period, 1, []float64{12, 0}, y)
		at := float64(n+1) * 1e-3
		near(t, fmt.Sprintf("speed at %v s", at), y[0], speed(at), 1e-9)
		// The current follows from the torque it makes: K·i = J·dω/dt + B·ω.
		h := 1e-6
		slope := (speed(at+h) - speed(at-h)) / (2 * h)
		near(t, "current", y[1], (c.Inertia*slope+c.Friction*speed(at))/c.Constant, 1e-5)
	}
	// The angle is the speed's integral, by Simpson's rule.
	const pieces = 20000
	sum, h := speed(0)+speed(0.2), 0.2/pieces
	for i := 1; i < pieces; i++ {
		sum += float64(2+2*(i%2)) * speed(float64(i)*h)
	}
	near(t, "angle", y[2], sum*h/3, 1e-9)
	// A load that takes all of the torque stops it.
	run(t, p, c.Period, 5000, []float64{12, 12 * c.Constant / c.Resistance}, y)
	near(t, "speed under the stall torque", y[0], 0, 1e-6)
}

// An underdamped mass swings back as exp(−ζωt)·cos.
func TestMassSpringAgainstClosedForm(t *testing.T) {
	const m, c, k = 2, 0.8, 50
	p, err := plant.NewMassSpring(plant.MassSpringConfig{Period: 10 * time.Millisecond, Mass: m, Damping: c, Stiffness: k, Position: 0.3, Velocity: -1})
	if err != nil {
		t.Fatal(err)
	}
	const rest = 5.0 / k
	decay, swing := c/(2.0*m), math.Sqrt(k/float64(m)-c*c/(4.0*m*m))
	a := 0.3 - rest
	b := (-1 + decay*a) / swing
	y := make([]float64, 2)
	for n := range 500 {
		run(t, p, 10*time.Millisecond, 1, []float64{5}, y)
		at := float64(n+1) * 0.01
		sin, cos := math.Sincos(swing * at)
		e := math.Exp(-decay * at)
		near(t, "position", y[0], rest+e*(a*cos+b*sin), 1e-9)
		near(t, "velocity", y[1], e*((b*swing-decay*a)*cos-(a*swing+decay*b)*sin), 1e-9)
	}
}

func TestThermalAgainstClosedForm(t *testing.T) {
	p, err := plant.NewThermal(plant.ThermalConfig{Period: time.Second, Capacity: 4000, Resistance: 0.5, Temperature: 293})
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, 1)
	for n := range 100 {
		run(t, p, time.Second, 1, []float64{100, 280}, y)
		near(t, "temperature", y[0], 330+(293-330)*math.Exp(-float64(n+1)/2000), 1e-12)
	}
}

// A step through transfer functions of known responses.
func TestTransferFunctionsAgainstClosedForms(t *testing.T) {
	for _, c := range []struct {
		name     string
		num, den []float64
		response func(t float64) float64
	}{
		{"lag", []float64{3}, []float64{2, 1}, func(t float64) float64 { return 3 * (1 - math.Exp(-t/2)) }},
		{"integrator", []float64{5}, []float64{1, 0}, func(t float64) float64 { return 5 * t }},
		{"double pole", []float64{1}, []float64{1, 2, 1}, func(t float64) float64 { return 1 - (1+t)*math.Exp(-t) }},
		{"lead", []float64{4, 2}, []float64{2, 2}, func(t float64) float64 { return 1 + math.Exp(-t) }},
		{"with a zero", []float64{1, 3}, []float64{1, 3, 2}, func(t float64) float64 { return 1.5 - 2*math.Exp(-t) + 0.5*math.Exp(-2*t) }},
		{"unstable", []float64{1}, []float64{1, -1}, func(t float64) float64 { return math.Exp(t) - 1 }},
	} {
		p, err := plant.NewTransferFunction(plant.TransferFunctionConfig{Period: 5 * time.Millisecond, Numerator: c.num, Denominator: c.den})
		if err != nil {
			t.Fatal(err)
		}
		y := make([]float64, 1)
		for n := range 400 {
			run(t, p, 5*time.Millisecond, 1, []float64{1}, y)
			near(t, fmt.Sprintf("%s after %d steps", c.name, n+1), y[0], c.response(float64(n+1)*0.005), 1e-10)
		}
	}
}

// Two steps of half the period end where one of the whole ends: the hold is exact.
func TestStepsOfAnyLengthEndAtTheSamePlace(t *testing.T) {
	long, short := motor, motor
	short.Period /= 10
	a, err1 := plant.NewDCMotor(long)
	b, err2 := plant.NewDCMotor(short)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	ya, yb := make([]float64, 3), make([]float64, 3)
	for _, v := range []float64{3, -7, 24, 0} {
		run(t, a, long.Period, 7, []float64{v}, ya)
		run(t, b, short.Period, 70, []float64{v}, yb)
		for i := range ya {
			near(t, fmt.Sprintf("output %d", i), yb[i], ya[i], 1e-11)
		}
	}
}

func cartPole(t testing.TB, c plant.CartPoleConfig) *plant.ODE {
	t.Helper()
	c.Cart, c.Pole, c.Length = 1, 0.2, 0.8
	p, err := plant.NewCartPole(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Without a force the energy and the momentum of cart and pole stay.
func TestCartPoleConserves(t *testing.T) {
	p := cartPole(t, plant.CartPoleConfig{Period: time.Millisecond, Angle: 2})
	y := make([]float64, 4)
	energy := func() float64 {
		const cart, pole, half, g = 1, 0.2, 0.4, 9.80665
		sin, cos := math.Sincos(y[2])
		vx, vy := y[1]+half*y[3]*cos, -half*y[3]*sin
		return cart*y[1]*y[1]/2 + pole*(vx*vx+vy*vy)/2 + pole*half*half/3*y[3]*y[3]/2 + pole*g*half*cos
	}
	if err := p.Step(hil.Tick{}, []float64{0}, y); err != nil {
		t.Fatal(err)
	}
	first := energy()
	for range 50 {
		run(t, p, time.Millisecond, 100, []float64{0}, y)
		near(t, "energy", energy(), first, 1e-7)
		near(t, "momentum", 1.2*y[1]+0.2*0.4*y[3]*math.Cos(y[2]), 0, 1e-7)
	}
}

// A pole that hangs swings at the frequency of its linear equation.
func TestCartPoleSwingsAtItsFrequency(t *testing.T) {
	const amplitude = 1e-4
	p := cartPole(t, plant.CartPoleConfig{Period: time.Millisecond, Angle: math.Pi + amplitude})
	y := make([]float64, 4)
	omega := math.Sqrt(9.80665 / (0.4 * (4.0/3 - 0.2/1.2)))
	for n := range 3000 {
		run(t, p, time.Millisecond, 1, []float64{0}, y)
		near(t, "angle", (y[2]-math.Pi)/amplitude, math.Cos(omega*float64(n+1)*1e-3), 1e-4)
		if t.Failed() {
			return
		}
	}
}

// The error of the integration falls with the fourth power of its step.
func TestRungeKuttaHasOrderFour(t *testing.T) {
	angle := func(substeps int) float64 {
		p := cartPole(t, plant.CartPoleConfig{Period: 100 * time.Millisecond, Angle: 1, Substeps: substeps})
		y := make([]float64, 4)
		run(t, p, 100*time.Millisecond, 5, []float64{0.5}, y)
		return y[2]
	}
	exact := angle(640)
	coarse, fine := math.Abs(angle(4)-exact), math.Abs(angle(8)-exact)
	if ratio := coarse / fine; ratio < 14 || ratio > 18 {
		t.Errorf("half the step divides the error by %.1f, want 16", ratio)
	}
}

type maker struct {
	name    string
	u, y    int
	period  time.Duration
	produce func() (hil.Plant, error)
}

var makers = []maker{
	{"DC motor", 2, 3, motor.Period, func() (hil.Plant, error) { return plant.NewDCMotor(motor) }},
	{"mass on a spring", 1, 2, time.Millisecond, func() (hil.Plant, error) {
		return plant.NewMassSpring(plant.MassSpringConfig{Period: time.Millisecond, Mass: 1, Stiffness: 3, Position: 1})
	}},
	{"thermal", 2, 1, time.Millisecond, func() (hil.Plant, error) {
		return plant.NewThermal(plant.ThermalConfig{Period: time.Millisecond, Capacity: 1, Resistance: 1})
	}},
	{"transfer function", 1, 1, time.Millisecond, func() (hil.Plant, error) {
		return plant.NewTransferFunction(plant.TransferFunctionConfig{Period: time.Millisecond, Numerator: []float64{1, 1}, Denominator: []float64{1, 0.5}})
	}},
	{"cart-pole", 1, 4, time.Millisecond, func() (hil.Plant, error) {
		return plant.NewCartPole(plant.CartPoleConfig{Period: time.Millisecond, Cart: 1, Pole: 1, Length: 1, Angle: 0.1})
	}},
}

// A restored plant goes on as the saved one did; a state of another plant is refused.
func TestSaveAndRestore(t *testing.T) {
	for _, m := range makers {
		p, err := m.produce()
		if err != nil {
			t.Fatal(err)
		}
		u, y := make([]float64, m.u), make([]float64, m.y)
		u[0] = 1.5
		run(t, p, m.period, 20, u, y)
		state := p.Save([]byte("before"))
		if !bytes.HasPrefix(state, []byte("before")) {
			t.Errorf("%s: Save does not append", m.name)
		}
		state = state[len("before"):]
		at := slices.Clone(y)
		run(t, p, m.period, 20, u, y)
		want := slices.Clone(y)
		if err := p.Restore(state); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p.Save(nil), state) {
			t.Errorf("%s: the restored state is another", m.name)
		}
		if err := p.Step(hil.Tick{}, u, y); err != nil || !slices.Equal(y, at) {
			t.Errorf("%s: a step of no length gives %v, %v; want %v", m.name, y, err, at)
		}
		run(t, p, m.period, 20, u, y)
		if !slices.Equal(y, want) {
			t.Errorf("%s: after Restore %v, want %v", m.name, y, want)
		}
		for _, other := range makers {
			q, err := other.produce()
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Restore(q.Save(nil)); (err == nil) != (other.name == m.name) {
				t.Errorf("%s takes the state of %s: %v", m.name, other.name, err)
			}
		}
		for _, bad := range [][]byte{nil, state[:len(state)-1], append(slices.Clone(state), 0)} {
			if err := p.Restore(bad); err == nil {
				t.Errorf("%s takes a state of %d bytes", m.name, len(bad))
			}
		}
	}
}

func TestStepOfAnotherRigIsRefused(t *testing.T) {
	for _, m := range makers {
		p, err := m.produce()
		if err != nil {
			t.Fatal(err)
		}
		u, y := make([]float64, m.u), make([]float64, m.y)
		for name, f := range map[string]func() error{
			"period":  func() error { return p.Step(hil.Tick{Period: int64(m.period) + 1}, u, y) },
			"inputs":  func() error { return p.Step(hil.Tick{Period: int64(m.period)}, make([]float64, m.u+1), y) },
			"outputs": func() error { return p.Step(hil.Tick{Period: int64(m.period)}, u, make([]float64, m.y+1)) },
		} {
			if err := f(); !errors.Is(err, plant.ErrPeriod) {
				t.Errorf("%s with other %s: %v", m.name, name, err)
			}
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	for _, m := range makers {
		p, err := m.produce()
		if err != nil {
			t.Fatal(err)
		}
		u, y := make([]float64, m.u), make([]float64, m.y)
		tick := hil.Tick{Period: int64(m.period)}
		if n := testing.AllocsPerRun(100, func() { _ = p.Step(tick, u, y) }); n != 0 {
			t.Errorf("%s: %v allocations a step", m.name, n)
		}
	}
}

func TestConfigsAreRefused(t *testing.T) {
	one := mat.NewDense(1, 1, []float64{1})
	nan := math.NaN()
	for want, f := range map[string]func() error{
		"DCMotorConfig.Period":     func() error { _, err := plant.NewDCMotor(plant.DCMotorConfig{}); return err },
		"DCMotorConfig.Inertia":    func() error { c := motor; c.Inertia = 0; _, err := plant.NewDCMotor(c); return err },
		"DCMotorConfig.Friction":   func() error { c := motor; c.Friction = -1; _, err := plant.NewDCMotor(c); return err },
		"DCMotorConfig.Resistance": func() error { c := motor; c.Resistance = nan; _, err := plant.NewDCMotor(c); return err },
		"grows beyond all numbers": func() error {
			_, err := plant.NewStateSpace(plant.StateSpaceConfig{Period: time.Hour, A: one, B: one, C: one})
			return err
		},
		"A 1×1, B 2×1": func() error {
			_, err := plant.NewStateSpace(plant.StateSpaceConfig{Period: 1, A: one, B: mat.NewDense(2, 1, nil), C: one})
			return err
		},
		"StateSpaceConfig.Start": func() error {
			_, err := plant.NewStateSpace(plant.StateSpaceConfig{Period: 1, A: one, B: one, C: one, Start: []float64{1, 2}})
			return err
		},
		"A, B and C must be given": func() error { _, err := plant.NewStateSpace(plant.StateSpaceConfig{Period: 1}); return err },
		"must be finite": func() error {
			_, err := plant.NewStateSpace(plant.StateSpaceConfig{Period: 1, A: one, B: one, C: mat.NewDense(1, 1, []float64{nan})})
			return err
		},
		"ThermalConfig.Capacity": func() error { _, err := plant.NewThermal(plant.ThermalConfig{Period: 1}); return err },
		"MassSpringConfig.Mass":  func() error { _, err := plant.NewMassSpring(plant.MassSpringConfig{Period: 1}); return err },
		"CartPoleConfig.Angle": func() error {
			_, err := plant.NewCartPole(plant.CartPoleConfig{Period: 1, Cart: 1, Pole: 1, Length: 1, Angle: math.Inf(1)})
			return err
		},
		"does not differentiate": func() error {
			_, err := plant.NewTransferFunction(plant.TransferFunctionConfig{Period: 1, Numerator: []float64{1, 0, 0}, Denominator: []float64{1, 1}})
			return err
		},
		"Denominator [0 1]": func() error {
			_, err := plant.NewTransferFunction(plant.TransferFunctionConfig{Period: 1, Numerator: []float64{1}, Denominator: []float64{0, 1}})
			return err
		},
		"ODEConfig.Derivative": func() error {
			_, err := plant.NewODE(plant.ODEConfig{Kind: "x", Period: 1, Start: []float64{1}})
			return err
		},
		"ODEConfig.Outputs": func() error {
			_, err := plant.NewODE(plant.ODEConfig{Kind: "x", Period: 1, Start: []float64{1}, Outputs: 2, Derivative: func(_, _, _ []float64) {}})
			return err
		},
		"ODEConfig.Substeps": func() error { _, err := plant.NewODE(plant.ODEConfig{Kind: "x", Period: 1, Substeps: -1}); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "plant: ") != 1 {
			t.Errorf("want an error about %q, got %v", want, err)
		}
	}
}
