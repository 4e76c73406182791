package main

import (
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/isolate"
)

// The values that cross between the two processes: no pointers.
type (
	// sample describes one period of the loop.
	sample struct {
		Position float64 // radians
		LateNs   int64   // of its wake-up
	}
	// gains are the parameters, which the other side may change at any time.
	gains struct {
		Target float64 // radians
		Kp, Kd float64
	}
)

var (
	telemetry  = isolate.NewQueue[sample]("telemetry", 4096)
	parameters = isolate.NewCell[gains]("parameters")
	channels   = []isolate.Channel{telemetry, parameters}

	control = isolate.Entry("control", runControl)
)

const period = time.Millisecond

// runControl is the real-time part of the program: the only code of it that runs
// in the child process. The same code runs as a goroutine of the parent when the
// isolate is started with InProcess.
func runControl(c *isolate.Child) error {
	out, err := telemetry.Producer(c)
	if err != nil {
		return err
	}
	in, err := parameters.Reader(c)
	if err != nil {
		return err
	}
	loop, err := c.NewLoop(rt.LoopConfig{Name: "motor", Period: period, Mode: rt.Auto})
	if err != nil {
		return err
	}
	var m motor
	return loop.Run(c.Context(), func(t *rt.Tick) error {
		g, _ := in.Load()
		m.step(g.Kp*(g.Target-m.position) - g.Kd*m.speed)
		out.Push(sample{Position: m.position, LateNs: t.Now - t.Intended}) // dropped when full: the motor does not wait for a slow reader
		return nil
	})
}

// motor is a mass on an axis with a little friction, in place of a real one.
type motor struct{ position, speed float64 }

func (m *motor) step(torque float64) {
	const dt = float64(period) / float64(time.Second)
	m.speed += (torque - 0.1*m.speed) * dt
	m.position += m.speed * dt
}
