package hil_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/link"
	"github.com/memkit-go/memkit/hil/plant"
	"github.com/memkit-go/memkit/rt/control"
)

const (
	motorRate  = 1000
	motorLimit = 24.0
	motorSpeed = 100.0
)

func newMotor(tb testing.TB) *plant.DCMotor {
	tb.Helper()
	p, err := plant.NewDCMotor(plant.DCMotorConfig{
		Period: time.Second / motorRate, Resistance: 1, Inductance: 0.5e-3, Constant: 0.05, Inertia: 5e-5, Friction: 1e-5,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func newPID(tb testing.TB) *control.PID {
	tb.Helper()
	p, err := control.NewPID(control.PIDConfig{Gains: control.Gains{P: 0.1, I: 2}, Period: time.Second / motorRate, Min: -motorLimit, Max: motorLimit})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// motorConfig is a rig of a motor and a PID in the same process.
func motorConfig(tb testing.TB) hil.Config {
	tb.Helper()
	pid := newPID(tb)
	device, err := link.NewController(link.ControllerConfig{
		Sends: 2, Receives: 1, Reset: pid.Reset,
		Step: func(in, out []float64) { out[0] = pid.Update(in[1], in[0]) },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return hil.Config{
		Rate:        motorRate,
		Plant:       newMotor(tb),
		Sensors:     []hil.Channel{{Name: "speed", Unit: "rad/s", Trip: 1000}},
		Setpoints:   []hil.Channel{{Name: "target", Unit: "rad/s"}},
		Actuators:   []hil.Channel{{Name: "voltage", Unit: "V", Min: -motorLimit, Max: motorLimit}},
		Connections: []hil.Connection{{Name: "controller", Link: device, Control: device}},
	}
}

func newMotorRig(tb testing.TB, change func(*hil.Config)) *hil.Rig {
	tb.Helper()
	c := motorConfig(tb)
	if change != nil {
		change(&c)
	}
	r, err := hil.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := r.Close(); err != nil {
			tb.Error(err)
		}
	})
	return r
}

func motorTarget(_ hil.Tick, v []float64) { v[0] = motorSpeed }

// handWritten does what the motor's rig does: the same plant, PID, limits and hash.
func handWritten(p *plant.DCMotor, pid *control.PID, steps int64) (hash uint64) {
	var u, y [1]float64
	hash = 0xcbf29ce484222325
	enter := func(v float64) {
		b := math.Float64bits(v)
		for range 8 {
			hash = (hash ^ b&0xff) * 0x100000001b3
			b >>= 8
		}
	}
	tick := hil.Tick{Period: 1e9 / motorRate}
	for i := range steps {
		tick.Step, tick.Time = i, i*tick.Period
		u[0] = max(-motorLimit, min(motorLimit, pid.Update(motorSpeed, y[0])))
		if err := p.Step(tick, u[:], y[:]); err != nil {
			return 0
		}
		enter(u[0])
		enter(y[0])
	}
	return hash
}

// The rig's values are those of the plain loop, bit by bit.
func TestLockStepIsThePlainLoop(t *testing.T) {
	const steps = 5000
	res, err := newMotorRig(t, nil).Run(context.Background(), hil.Stimulus{Steps: steps, Setpoints: motorTarget})
	if err != nil || res.End != nil {
		t.Fatal(err, res)
	}
	if want := handWritten(newMotor(t), newPID(t), steps); res.Hash != want || res.Steps != steps {
		t.Errorf("%v, want the hash %016x", res, want)
	}
}

// onlyFrames hides that a link takes values.
type onlyFrames struct{ hil.Link }

// TestLockStepAllocatesNothing: a long run allocates no more than a short one, over values
// and over frames, with and without a recording.
func TestLockStepAllocatesNothing(t *testing.T) {
	for name, change := range map[string]func(*hil.Config){
		"values":    nil,
		"frames":    func(c *hil.Config) { c.Connections[0].Link = onlyFrames{c.Connections[0].Link} },
		"recording": func(c *hil.Config) { c.Record = 100 },
	} {
		r := newMotorRig(t, change)
		allocs := func(steps int64) float64 {
			return testing.AllocsPerRun(5, func() {
				res, err := r.Run(context.Background(), hil.Stimulus{Steps: steps, Setpoints: motorTarget})
				if err != nil || res.End != nil {
					t.Fatal(err, res)
				}
			})
		}
		if short, long := allocs(1000), allocs(21_000); long > short {
			t.Errorf("%s: %v allocations in 1,000 steps, %v in 21,000", name, short, long)
		}
	}
}
