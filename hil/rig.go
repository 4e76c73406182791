package hil

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/hil/recording"
	"github.com/memkit-go/memkit/rt"
)

// Rig runs a plant against devices under test. Make one with [New]; Run it on one
// goroutine at a time. Pause and Resume may be called from any.
type Rig struct {
	c           Config
	connections []*connection
	runner      func(ctx context.Context, c rt.LoopConfig, step func(*rt.Tick) error) error
	now         func() int64
	period      int64  // of a step, in ns
	initial     []byte // the plant's state before the first run

	// Of the run, owned by its goroutine:
	stimulus  Stimulus
	site      Site
	y         []float64 // the plant's outputs
	outputs   []float64 // towards the devices: sensors, then set points
	seen, set []float64 // parts of outputs
	commands  []float64
	u         []float64
	limits    []limit // of u
	values    Values
	hash      uint64
	step      int64
	recording *recording.Recording
	result    Result
	wall      rt.Tick
	overslept bool  // an answer was there, but the rig took it after its step
	away      int64 // of a paced step, how long it was in the plant or with the devices

	running atomic.Bool
	idle    atomic.Bool // it runs, but in a plant that does not return, and no goroutine uses the links
	stop    atomic.Bool
	phase   atomic.Int64 // see watchdog.go
	pause   pause
}

// New checks the config and prepares a rig. It does not talk to the devices.
func New(c Config) (*Rig, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	r := &Rig{c: c, period: c.period(), now: rt.Now, runner: runLoop}
	taken := make([]string, len(c.Actuators))
	seen := map[string]bool{}
	for _, given := range c.Connections {
		if seen[given.Name] {
			return nil, fmt.Errorf("hil: Config.Connections: %q is the name of two; give each its own", given.Name)
		}
		seen[given.Name] = true
		p, err := given.prepare(&c, taken)
		if err != nil {
			return nil, err
		}
		r.connections = append(r.connections, p)
	}
	r.site.r = r
	r.y = make([]float64, len(c.Sensors))
	r.outputs = make([]float64, len(c.Sensors)+len(c.Setpoints))
	r.seen, r.set = r.outputs[:len(c.Sensors):len(c.Sensors)], r.outputs[len(c.Sensors):]
	r.commands, r.u = make([]float64, len(c.Actuators)), make([]float64, len(c.Actuators))
	r.limits = limits(c.Actuators)
	r.values = Values{Sensors: r.y, Seen: r.seen, Setpoints: r.set, Commands: r.commands, Actuators: r.u}
	r.initial = c.Plant.Save(nil)
	return r, nil
}

func runLoop(ctx context.Context, c rt.LoopConfig, step func(*rt.Tick) error) error {
	loop, err := rt.NewLoop(c)
	if err != nil {
		return err
	}
	return loop.Run(ctx, step)
}

// Close closes the links. It refuses while the rig runs, but for a run that the watchdog
// has ended because the plant did not return.
func (r *Rig) Close() error {
	if r.running.Load() && !r.idle.Load() {
		return ErrRunning
	}
	var all []error
	for _, c := range r.connections {
		all = append(all, c.Link.Close())
	}
	return errors.Join(all...)
}

func (r *Rig) connection(name string) (*connection, error) {
	if name == "" {
		return r.connections[0], nil
	}
	var all []string
	for _, c := range r.connections {
		if c.Name == name {
			return c, nil
		}
		all = append(all, c.Name)
	}
	return nil, fmt.Errorf("hil: unknown connection %q; the names are %q", name, all)
}

// ready asks each device for an answer until it gives one, and resets those that can be
// reset. It goes past the faults, which are not bound yet.
func (r *Rig) ready(ctx context.Context) error {
	const again = 50 * time.Millisecond
	end := r.now() + int64(r.c.Ready)
	for _, c := range r.connections {
		c.link = c.Link
		if c.Control != nil {
			if err := c.Control.Pause(false); err != nil && !errors.Is(err, errors.ErrUnsupported) {
				return fmt.Errorf("hil: connection %s: resume: %w", c.Name, err)
			}
		}
		for !r.answersHandshake(c, min(end, r.now()+int64(again))) {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if r.now() >= end {
				return fmt.Errorf("%w: connection %s: no answer to the handshake within %v of wall-clock time; is the device powered, and does its Codec fit?", ErrNotReady, c.Name, r.c.Ready)
			}
		}
		if c.Control != nil {
			if err := c.Control.Reset(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
				return fmt.Errorf("hil: connection %s: reset: %w", c.Name, err)
			}
		}
		for range mostFrames {
			if _, err := c.Link.Receive(Tick{}, c.reply[:], 0); err == ErrEmpty || err == ErrNone {
				break
			}
		}
	}
	return nil
}

// answersHandshake sends a frame with number 0 and the safe values, and waits for its
// answer.
func (r *Rig) answersHandshake(c *connection, until int64) bool {
	if r.sendSafe(c, c.Link) == nil {
		for range mostFrames {
			n, err := c.Link.Receive(Tick{}, c.reply[:], until)
			if err != nil {
				break
			}
			if s, err := c.Codec.Decode(c.reply[:n], c.in); err == nil && s == 0 {
				return true
			}
		}
	}
	if left := until - r.now(); left > 0 {
		time.Sleep(time.Duration(min(left, int64(time.Millisecond))))
	}
	return false
}

// sendSafe sends the safe values under number 0.
func (r *Rig) sendSafe(c *connection, l Link) error {
	for i, channel := range c.send {
		if channel < len(r.c.Sensors) {
			c.out[i] = r.c.Sensors[channel].Safe
		} else {
			c.out[i] = r.c.Setpoints[channel-len(r.c.Sensors)].Safe
		}
	}
	n := c.Codec.Encode(c.frame[:], 0, c.out)
	return l.Send(Tick{Step: r.step, Time: r.step * r.period}, c.frame[:n])
}
