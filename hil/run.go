package hil

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/memkit-go/memkit/hil/recording"
	"github.com/memkit-go/memkit/rt"
)

// Stimulus is what a run does to a rig.
type Stimulus struct {
	// Steps is the run's length. It has no default.
	Steps int64
	// Setpoints, when not nil, writes the set points of a step.
	Setpoints func(t Tick, values []float64)
	// Faults, when not nil, are put into the run.
	Faults Faults
	// Seed is for the faults' random numbers.
	Seed uint64
	// Replay, when not nil, takes the devices' commands from a recording and does not
	// talk to the devices: the way to repeat a free run, or a run with misses.
	Replay *recording.Recording
}

// Run resets the plant and the devices, and runs the stimulus. The error is what kept
// the run from beginning; what ended it early is Result.End. Whatever ends the run,
// the devices then get the safe values.
//
// The result's recording is valid until the next Run.
func (r *Rig) Run(ctx context.Context, s Stimulus) (*Result, error) {
	if s.Steps < 1 {
		return nil, errNoSteps
	}
	if !r.running.CompareAndSwap(false, true) {
		return nil, ErrRunning
	}
	if err := r.prepare(ctx, s); err != nil {
		r.running.Store(false)
		return nil, err
	}
	r.stop.Store(false)
	defer context.AfterFunc(ctx, func() { r.stop.Store(true); r.pause.wake() })()
	return r.supervise(ctx), nil
}

// prepare makes the rig what it is before its first step.
func (r *Rig) prepare(ctx context.Context, s Stimulus) error {
	if err := r.c.Plant.Restore(r.initial); err != nil {
		return fmt.Errorf("hil: the plant does not take its own first state: %w", err)
	}
	r.stimulus, r.step, r.hash = s, 0, hashStart
	r.result = Result{Rate: r.c.Rate, Seed: s.Seed}
	for i, c := range r.c.Setpoints {
		r.set[i] = c.Safe
	}
	for i, c := range r.c.Actuators {
		r.commands[i], r.u[i] = c.Safe, c.Safe
	}
	if err := r.c.Plant.Step(Tick{}, r.u, r.y); err != nil {
		return &PlantError{Err: err}
	}
	copy(r.seen, r.y)
	for _, c := range r.connections {
		c.link, c.exchanges, c.sequence, c.newest, c.timedOut = c.Link, 0, 0, 0, false
		c.counts = Counts{Connection: c.Name}
	}
	r.recording = nil
	if r.c.Record > 0 {
		r.recording = recording.New(recording.Config{
			Name: r.c.Name, Rate: r.c.Rate, Seed: s.Seed, Keep: int(min(int64(r.c.Record), s.Steps)), Signals: r.signals(),
		})
	}
	if s.Replay != nil {
		if err := r.matches(s.Replay); err != nil {
			return err
		}
	} else if err := r.ready(ctx); err != nil {
		return err
	}
	if s.Faults != nil {
		if err := s.Faults.Bind(&r.site); err != nil {
			return err
		}
	}
	for _, c := range r.connections {
		c.values = nil
		if v, ok := c.link.(ValueLink); ok && c.Codec == (Floats{}) && r.c.Mode == LockStep {
			c.values = v
		}
	}
	return nil
}

// signals are the columns of the recording.
func (r *Rig) signals() []recording.Signal {
	var all []recording.Signal
	add := func(channels []Channel, suffix string) {
		for _, c := range channels {
			all = append(all, recording.Signal{Name: c.Name + suffix, Unit: c.Unit})
		}
	}
	add(r.c.Sensors, "")
	add(r.c.Setpoints, "")
	add(r.c.Actuators, "")
	add(r.c.Sensors, seenSuffix)
	add(r.c.Actuators, commandSuffix)
	return all
}

const (
	seenSuffix    = ".seen"
	commandSuffix = ".command"
)

// matches says whether a recording can be replayed here.
func (r *Rig) matches(replay *recording.Recording) error {
	want := r.signals()
	have := replay.Signals()
	fits := len(want) == len(have) && replay.Rate() == r.c.Rate
	for i := range want {
		fits = fits && want[i] == have[i]
	}
	switch {
	case !fits:
		return fmt.Errorf("hil: Stimulus.Replay has rate %d and signals %v; the rig has rate %d and %v: replay a recording of the same rig", replay.Rate(), have, r.c.Rate, want)
	case replay.First() != 0 || int64(replay.Len()) < r.stimulus.Steps:
		return fmt.Errorf("hil: Stimulus.Replay has steps %d to %d of the %d to be replayed: record all steps (Config.Record)", replay.First(), replay.First()+int64(replay.Len())-1, r.stimulus.Steps)
	}
	return nil
}

// loop runs all steps on the calling goroutine.
func (r *Rig) loop(ctx context.Context) error {
	if r.c.Speed == 0 {
		return r.flatOut(ctx)
	}
	c := r.c.Loop
	c.Period = r.c.wallPeriod()
	if c.Name == "" {
		c.Name = r.c.Name
	}
	if r.c.Mode == LockStep {
		c.Overrun = rt.Rebase // a late step is no event in lock-step
	}
	err := r.runner(ctx, c, func(t *rt.Tick) error {
		if r.pause.asked.Load() { // a pinned step must not wait, so its period passes
			r.enter(r.step, phasePaused)
			return nil
		}
		if err := r.skip(t.Skipped); err != nil {
			return err
		}
		if r.step == r.stimulus.Steps {
			return rt.ErrStop
		}
		r.wall, r.away = *t, 0
		r.result.Wake.Add(t.Now - t.Intended)
		begun := r.now()
		if err := r.one(); err != nil {
			return err
		}
		if r.c.Mode == Paced {
			r.result.Own.Add(r.now() - begun - r.away)
		}
		if r.step == r.stimulus.Steps {
			return rt.ErrStop
		}
		return nil
	})
	if errors.Is(err, rt.ErrOverrun) {
		r.result.Misses.Rig++
	}
	return err
}

// flatOut runs in lock-step as fast as it goes.
func (r *Rig) flatOut(ctx context.Context) error {
	for r.step < r.stimulus.Steps {
		if r.stop.Load() {
			return context.Cause(ctx)
		}
		if r.pause.asked.Load() {
			if err := r.waitPaused(ctx); err != nil {
				return err
			}
		}
		if err := r.one(); err != nil {
			return err
		}
	}
	return nil
}

// skip takes the plant through the steps whose time has passed, with its inputs held.
func (r *Rig) skip(skipped int64) error {
	for range min(skipped, r.stimulus.Steps-r.step) {
		r.result.Misses.Rig++
		t := r.tick()
		r.record()
		if err := r.movePlant(t); err != nil {
			return err
		}
	}
	return nil
}

// tick is the step that comes.
func (r *Rig) tick() Tick {
	return Tick{Step: r.step, Time: r.step * r.period, Period: r.period}
}

// finish ends a run: the faults are undone, the devices get the safe values.
func (r *Rig) finish(end error) {
	t := r.tick()
	if r.stimulus.Faults != nil {
		r.stimulus.Faults.End(t)
	}
	if r.stimulus.Replay == nil {
		for _, c := range r.connections {
			_ = r.sendSafe(c, c.Link) // a device that has gone cannot be told
		}
	}
	res := &r.result
	res.Steps, res.Hash, res.End, res.Recording = r.step, r.hash, end, r.recording
	for _, c := range r.connections {
		res.Connections = append(res.Connections, c.counts)
	}
	if r.recording != nil {
		r.recording.Hash = r.hash
	}
	if end != nil {
		r.note(t, "end", end.Error())
	}
}

// note writes an event into the recording.
func (r *Rig) note(t Tick, kind, text string) {
	if r.recording != nil {
		r.recording.Note(t.Step, kind, text)
	}
}

// magnitude is the largest that a sensor may have.
func (c *Channel) magnitude() float64 {
	if c.Trip == 0 {
		return math.MaxFloat64
	}
	return c.Trip
}
