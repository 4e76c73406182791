package main

import (
	"fmt"
	"time"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/fault"
	"github.com/memkit-go/memkit/hil/link"
	"github.com/memkit-go/memkit/hil/plant"
	"github.com/memkit-go/memkit/hil/qemu/firmware"
	"github.com/memkit-go/memkit/hil/response"
)

const (
	rate   = 1000
	stepAt = 100 // the step in which the motor is to start
	target = 100.0
	steps  = 2000
)

// rig is the motor with the firmware, which runs in this process. An emulated board is
// another Link and Control: qemu.Start.
func rig() (hil.Config, error) {
	motor, err := plant.NewDCMotor(plant.DCMotorConfig{
		Period:     time.Second / rate,
		Resistance: 1, Inductance: 0.5e-3, Constant: 0.05, Inertia: 7.5e-5,
	})
	if err != nil {
		return hil.Config{}, err
	}
	var device firmware.Device
	var ready [firmware.FrameSize]byte
	controller, err := link.NewFunction(link.FunctionConfig{
		Answer: func(frame, answer []byte) int { return device.Feed(frame, answer) },
		Reset:  func() { device.Reset(ready[:]) },
	})
	return hil.Config{
		Name:        "motor",
		Rate:        rate,
		Plant:       motor,
		Sensors:     []hil.Channel{{Name: "speed", Unit: "rad/s", Trip: 500}},
		Setpoints:   []hil.Channel{{Name: "target", Unit: "rad/s"}},
		Actuators:   []hil.Channel{{Name: "voltage", Unit: "V", Min: -24, Max: 24}},
		Connections: []hil.Connection{{Name: "controller", Link: controller, Control: controller, Codec: new(firmware.Codec)}},
	}, err
}

// start asks for the target speed.
func start(t hil.Tick, setpoints []float64) {
	setpoints[0] = 0
	if t.Step >= stepAt {
		setpoints[0] = target
	}
}

// scenarios are a run without faults, and one with some.
func scenarios(seed uint64) (plain, faulty hil.Scenario, err error) {
	faults, err := fault.NewPlan(
		fault.Fault{Kind: fault.Drop, Target: "controller", From: 400, For: 300, Chance: 0.3},
		fault.Fault{Kind: fault.Bias, Target: "speed", From: 800, For: 200, Value: 10},
		fault.Fault{Kind: fault.Pause, Target: "controller", From: 1200, For: 50},
	)
	stimulus := hil.Stimulus{Steps: steps, Setpoints: start, Seed: seed}
	plain = hil.Scenario{
		Name: "start", Rig: rig, Stimulus: stimulus,
		Checks: []hil.Check{
			hil.NoMisses("MOT-1"),
			{ID: "MOT-2", Name: "starts within 300 ms, without overshoot", Judge: startsWell},
		},
	}
	stimulus.Faults = faults
	faulty = hil.Scenario{
		Name: "start with faults", Rig: rig, Stimulus: stimulus,
		Checks: []hil.Check{{ID: "MOT-3", Name: "holds the speed when the faults are over", Judge: holds}},
	}
	return plain, faulty, err
}

func startsWell(r *hil.Result) error {
	m, err := response.Measure(response.Config{Period: time.Second / rate, To: target}, r.Recording.Signal("speed")[stepAt:])
	if err != nil {
		return err
	}
	if m.Settling < 0 || m.Settling > 300*time.Millisecond || m.Overshoot > 0.01 {
		return fmt.Errorf("%v", m)
	}
	return nil
}

func holds(r *hil.Result) error {
	for i, speed := range r.Recording.Signal("speed")[steps-200:] {
		if speed < 0.98*target || speed > 1.02*target {
			return fmt.Errorf("%.1f rad/s in step %d, of %v within 2%%", speed, steps-200+i, target)
		}
	}
	return nil
}
