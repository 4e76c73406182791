package main

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/blackbox"
	"github.com/memkit-go/memkit/rt/bus"
	"github.com/memkit-go/memkit/rt/control"
	"github.com/memkit-go/memkit/rt/guard"
	"github.com/memkit-go/memkit/rt/isolate"
	"github.com/memkit-go/memkit/rt/record"
)

// armEntry is the controller's process.
var (
	armEntry   = isolate.Entry("arm", runArm)
	armCell    = isolate.NewCell[armReport]("arm.report")
	armSkips   = isolate.NewQueue[skip]("arm.skips", 1024)
	armSamples = isolate.NewQueue[blackbox.Sample]("arm.samples", 4096)
)

// armReport is what the controller has measured.
type armReport struct {
	Done          bool
	Begin, End    int64 // of the measurement, on the clock of rt.Now
	Periods       int64
	Skipped       int64
	P99           int64
	Stats         rt.Stats
	Exchange      bus.Stats // from Begin on
	Locked        bool
	LockNs        int64
	Drift         float64
	SquaredError  float64 // summed over axes and periods
	InvalidStates int64
}

// skip is a run of activations that the loop dropped.
type skip struct{ First, N int64 }

const (
	// settle is how long the loop runs before it is measured: the phase locks, the
	// arm comes to the start of its motion, pages fault in.
	settle = 1000
	// wakeAfter is how long after the drives' moment the controller wakes: their answer
	// has arrived then, also through a guard that forwards it, and the command has more
	// than half of a period to reach them.
	wakeAfter = 400 * time.Microsecond
	// mostInvalid is how many states in a row may make no sense.
	mostInvalid = 5
)

var errInvalid = errors.New("robot-arm: the drives' states make no sense")

func runArm(c *isolate.Child) error {
	l, err := parseLink(c.Args)
	if err != nil {
		return err
	}
	report, err := armCell.Writer(c)
	if err != nil {
		return err
	}
	skips, err := armSkips.Producer(c)
	if err != nil {
		return err
	}
	samples, err := armSamples.Producer(c)
	if err != nil {
		return err
	}
	port, err := guard.Connect(c.Context(), l.Guard)
	if err != nil {
		return err
	}
	x, err := bus.NewExchange(bus.ExchangeConfig{Port: port, Period: period, CommandSize: commandBytes, AnswerSize: stateBytes})
	if err != nil {
		return err
	}
	clock, err := rt.NewDisciplined(rt.DisciplinedConfig{Period: period, Offset: wakeAfter, LockWithin: 100 * time.Microsecond})
	if err != nil {
		return err
	}
	rec, err := record.New(record.Config{Capacity: int(l.Ticks) + settle + 10})
	if err != nil {
		return err
	}
	loop, err := c.NewLoop(rt.LoopConfig{Name: "arm", Period: period, Mode: rt.Auto, Trigger: clock.Wait, WarmUp: settle, Recorder: rec})
	if err != nil {
		return err
	}
	a := &arm{port: port, exchange: x, clock: clock, log: blackbox.NewRecorder(samples), ticks: l.Ticks}
	a.skipped = func(s skip) { skips.Push(s) }
	if err := a.tune(); err != nil {
		return err
	}
	err = loop.Run(c.Context(), a.step)
	if c.Context().Err() != nil {
		err = nil
	}
	if mode := loop.Granted().Mode; mode != rt.Strict && (errors.Is(err, guard.ErrTripped) || errors.Is(err, guard.ErrGuardGone)) {
		err = fmt.Errorf("%w; the loop was %v, which other programs delay: run as root, or give --silence 200", err, mode)
	}
	r := a.report
	clockStats := clock.Stats()
	r.Stats, r.P99 = loop.Stats(), rec.Quantile(0.99)
	r.Locked, r.LockNs, r.Drift = clockStats.Locked, int64(clockStats.LockTime), clockStats.Drift
	r.Exchange = since(x.Stats(), a.before)
	r.Done = err == nil
	report.Store(r)
	return errors.Join(err, port.Close())
}

// since is what an exchange has counted since an earlier reading.
func since(now, before bus.Stats) bus.Stats {
	now.Answered -= before.Answered
	now.Late -= before.Late
	now.Lost -= before.Lost
	now.Sent -= before.Sent
	return now
}

// arm is the control of six axes.
type arm struct {
	port     *guard.Controller
	exchange *bus.Exchange
	clock    *rt.Disciplined
	log      *blackbox.Recorder
	skipped  func(skip)
	ticks    int64

	position [axes]*control.PID // rad to rad/s
	velocity [axes]*control.PID // rad/s to N·m
	there    [axes]control.MinimumJerk
	back     [axes]control.MinimumJerk

	state   state
	heard   bool
	invalid int
	target  [axes]control.State // of the last period
	frame   [commandBytes]byte
	before  bus.Stats
	report  armReport
}

// motion is how long the arm takes from one end to the other.
const motion = 2 * time.Second

// tune makes the controllers and plans the motion.
func (a *arm) tune() (err error) {
	for i := range axes {
		j := inertia(i)
		if a.position[i], err = control.NewPID(control.PIDConfig{Gains: control.Gains{P: 25}, Period: period, Min: -4, Max: 4}); err != nil {
			return err
		}
		if a.velocity[i], err = control.NewPID(control.PIDConfig{Gains: control.Gains{P: 120 * j, I: 2400 * j}, Period: period, Min: -80 * j, Max: 80 * j}); err != nil {
			return err
		}
		end := control.State{Position: 0.8 / float64(1+i%3)}
		if a.there[i], err = control.PlanMinimumJerk(control.State{}, end, motion); err != nil {
			return err
		}
		if a.back[i], err = control.PlanMinimumJerk(end, control.State{}, motion); err != nil {
			return err
		}
	}
	return nil
}

// step is one period: read, update, write.
func (a *arm) step(t *rt.Tick) error {
	if err := a.read(t); err != nil {
		return err
	}
	a.measure(t)
	a.update(t)
	if err := a.exchange.Send(t, a.frame[:]); err == bus.ErrDown {
		return guard.ErrTripped
	}
	if err := a.port.Beat(); err != nil {
		return err
	}
	if t.Index >= settle+a.ticks {
		a.report.End = t.Intended
		return rt.ErrStop
	}
	return nil
}

// read takes the drives' states.
func (a *arm) read(t *rt.Tick) error {
	answer := a.exchange.Receive(t)
	if answer.Sequence == 0 {
		return nil
	}
	a.clock.Reference(t, answer.At)
	if a.state.decode(answer.Data) {
		a.heard, a.invalid = true, 0
		return nil
	}
	a.report.InvalidStates++
	if a.invalid++; a.invalid > mostInvalid {
		return errInvalid // the guard brakes
	}
	return nil
}

// measure counts a period, when the arm has settled.
func (a *arm) measure(t *rt.Tick) {
	if t.Index < settle {
		return
	}
	r := &a.report
	if r.Begin == 0 {
		r.Begin, a.before = t.Intended, a.exchange.Stats()
	} else if t.Skipped > 0 {
		r.Skipped += t.Skipped
		a.skipped(skip{t.Intended - t.Skipped*int64(period), t.Skipped})
	}
	r.Periods += 1 + t.Skipped
	for i := range axes {
		e := a.state.positions[i] - a.target[i].Position
		r.SquaredError += e * e
	}
}

// update computes the torques: a position controller around a velocity controller on
// each axis, both with the motion fed forward.
func (a *arm) update(t *rt.Tick) {
	c := command{drive: a.heard}
	for i := range axes {
		s := a.motionOf(i, t.Index)
		speed := a.position[i].UpdateWith(a.target[i].Position, a.state.positions[i], s.Velocity)
		c.torques[i] = a.velocity[i].UpdateWith(speed, a.state.velocities[i], inertia(i)*s.Acceleration+friction*s.Velocity)
		a.target[i] = s
	}
	c.encode(a.frame[:])
	a.log.Tick(t)
	a.log.Log(1, t.Now, a.state.positions[:]...)
	a.log.Log(2, t.Now, c.torques[:]...)
}

// motionOf is where an axis should be in a period: there and back without end, once the
// loop has settled.
func (a *arm) motionOf(axis int, index int64) control.State {
	if index < settle/2 {
		return a.there[axis].At(0)
	}
	since := time.Duration(index-settle/2) * period % (2 * motion)
	if since < motion {
		return a.there[axis].At(since)
	}
	return a.back[axis].At(since - motion)
}

// trackingError is the root mean square over axes and periods, in rad.
func (r *armReport) trackingError() float64 {
	return math.Sqrt(r.SquaredError / float64(max(1, r.Periods-r.Skipped)) / axes)
}

func channelNames(what string) (c blackbox.Channel) {
	c.Name = what
	for i := range axes {
		c.Fields = append(c.Fields, fmt.Sprintf("axis%d", i+1))
	}
	return c
}
