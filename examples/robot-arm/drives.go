package main

import (
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/bus"
	"github.com/memkit-go/memkit/rt/isolate"
)

// drivesEntry is the simulator: a process with a clock of its own, in place of hardware.
var (
	drivesEntry = isolate.Entry("drives", runDrives)
	drivesCell  = isolate.NewCell[drivesReport]("drives.report")
)

// drivesReport is what the drives say in the end.
type drivesReport struct {
	WatchdogTrips int64
	Braked        bool
	Commands      int64
}

const (
	period = time.Millisecond
	// drivesPeriod is the same on a clock that runs 50 ppm slow.
	drivesPeriod = period + 50*time.Nanosecond
	// drivesWatchdog is after how many periods without a command the drives brake by
	// themselves.
	drivesWatchdog = 50
)

func runDrives(c *isolate.Child) error {
	l, err := parseLink(c.Args)
	if err != nil {
		return err
	}
	report, err := drivesCell.Writer(c)
	if err != nil {
		return err
	}
	arm, safe, err := l.drives()
	if err != nil {
		return err
	}
	loop, err := c.NewLoop(rt.LoopConfig{Name: "drives", Period: drivesPeriod, Mode: rt.Auto})
	if err != nil {
		return err
	}
	d := &simulator{arm: arm, safe: safe, braked: true}
	err = loop.Run(c.Context(), func(t *rt.Tick) error {
		d.step()
		report.Store(drivesReport{d.watchdogTrips, d.braked, d.commands})
		return nil
	})
	if c.Context().Err() != nil {
		return nil
	}
	return err
}

// simulator is six axes with inertia and friction.
type simulator struct {
	arm, safe bus.Port
	buffer    [256]byte

	sequence      uint32
	command       command
	braked        bool
	silent        int
	begun         bool
	watchdogTrips int64
	commands      int64
	state         state
}

// inertia and friction of an axis, in kg·m² and N·m·s.
func inertia(axis int) float64 { return 1.2 / float64(1+axis) }

const friction = 0.4

// step is one period of the drives: take the commands, move, answer.
func (d *simulator) step() {
	d.silent++
	d.receive(d.arm)
	if d.safe != d.arm {
		d.receive(d.safe)
	}
	if d.silent == drivesWatchdog && d.begun && !d.braked {
		d.braked = true
		d.watchdogTrips++
	}
	d.move()
	if !d.begun {
		return
	}
	d.state.braked = d.braked
	d.state.encode(d.buffer[:], d.sequence)
	_ = d.arm.Send(d.buffer[:stateBytes]) // a controller that does not take its answers loses them
}

// mostFrames bounds a step.
const mostFrames = 64

func (d *simulator) receive(p bus.Port) {
	for range mostFrames {
		n, _, err := p.Receive(d.buffer[:])
		if err == bus.ErrSize {
			continue
		}
		if err != nil {
			return
		}
		var c command
		sequence, ok := c.decode(d.buffer[:n])
		if !ok {
			continue
		}
		d.silent, d.braked, d.command = 0, !c.drive, c
		d.commands++
		if c.drive || sequence != 0 {
			d.sequence, d.begun = sequence, true
		}
	}
}

// move integrates a period in ten parts.
func (d *simulator) move() {
	const parts = 10
	dt := period.Seconds() / parts
	for i := range axes {
		p, v := d.state.positions[i], d.state.velocities[i]
		for range parts {
			torque := d.command.torques[i]
			if d.braked {
				torque = -50 * v * inertia(i)
			}
			v += (torque - friction*v) / inertia(i) * dt
			p += v * dt
		}
		d.state.positions[i], d.state.velocities[i] = p, v
	}
}
