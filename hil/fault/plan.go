package fault

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/hil"
)

// Plan is the faults of a run, for hil.Stimulus. It may be used in one run after the
// other, not in two at a time.
type Plan struct {
	entries   []*entry
	sensors   []*channelFault
	actuators []*channelFault
	links     []*link
	site      *hil.Site
}

// entry is a fault with its state.
type entry struct {
	Fault
	text    string
	random  source
	active  bool
	done    bool
	ends    bool  // at the next step
	since   int64 // the step in which it was applied
	link    *link // of faults of links and devices
	control hil.Control
	offset  float64 // of Clock, in steps
}

// NewPlan checks the faults. Their targets are looked up when a run begins.
func NewPlan(faults ...Fault) (*Plan, error) {
	p := &Plan{}
	for place, f := range faults {
		if err := f.validate(place); err != nil {
			return nil, err
		}
		p.entries = append(p.entries, &entry{Fault: f, text: f.String()})
	}
	return p, nil
}

// Bind implements hil.Faults.
func (p *Plan) Bind(s *hil.Site) error {
	p.site, p.sensors, p.actuators, p.links = s, nil, nil, nil
	byName := map[string]*link{}
	for place, e := range p.entries {
		*e = entry{Fault: e.Fault, text: e.text, random: newSource(s.Seed(), place)}
		if !e.Kind.ofLink() && !e.Kind.ofDevice() {
			if err := p.bindChannel(e); err != nil {
				return err
			}
			continue
		}
		l := byName[e.Target]
		if l == nil {
			l = &link{site: s, name: e.Target}
			if err := s.Wrap(e.Target, func(inner hil.Link) hil.Link { l.inner = inner; return l }); err != nil {
				return err
			}
			byName[e.Target] = l
			p.links = append(p.links, l)
		}
		l.faults, e.link = append(l.faults, e), l
		if e.Kind == Latency || e.Kind == Jitter {
			l.room += 2 * (int(e.Value) + 1)
		}
		if e.Kind == Pause || e.Kind == Reset {
			control, err := s.Control(e.Target)
			if err != nil {
				return err
			}
			if control == nil {
				return fmt.Errorf("fault: Fault %d (%s): the connection has no Control; give it one, or use Disconnect", place, e.text)
			}
			e.control = control
		}
	}
	for _, l := range p.links {
		l.prepare()
	}
	return nil
}

// bindChannel finds the fault's channel: an actuator, or for kinds that are for both a
// sensor first.
func (p *Plan) bindChannel(e *entry) error {
	c := &channelFault{entry: e}
	if e.Kind == Stale {
		c.history = make([]float64, int(e.Value)+1)
	}
	var err error
	if !e.Kind.ofActuator() {
		if c.index, err = p.site.Sensor(e.Target); err == nil {
			p.sensors = append(p.sensors, c)
			return nil
		}
	}
	var other error
	if c.index, other = p.site.Actuator(e.Target); other != nil {
		return errors.Join(err, other)
	}
	p.actuators = append(p.actuators, c)
	return nil
}

// Begin implements hil.Faults.
//
// Cost: O(faults) and the device's control. Allocates: no. Blocks: where the device's
// control does. Caller: the goroutine that runs the rig.
//
//rt:nonallocating
//rt:bound the faults of the plan
func (p *Plan) Begin(t hil.Tick) error {
	for _, e := range p.entries {
		if e.active && (e.ends || e.For != 0 && t.Step >= e.From+e.For) {
			if err := p.undo(e, t); err != nil {
				return err
			}
		}
	}
	for _, e := range p.entries {
		if !e.active && !e.done && t.Step >= e.From {
			if err := p.apply(e, t); err != nil {
				return err
			}
		}
	}
	for _, l := range p.links {
		if err := l.begin(t); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) apply(e *entry, t hil.Tick) error {
	e.active, e.since = true, t.Step
	p.site.Note(t, "fault", e.text)
	switch {
	case e.Kind == Pause:
		//rt:allow ML610 reason="the device's control, which may wait; see Begin"
		return e.control.Pause(true)
	case e.Kind == Reset && e.For == 0:
		return p.undo(e, t)
	}
	return nil
}

func (p *Plan) undo(e *entry, t hil.Tick) error {
	e.active, e.done = false, true
	p.site.Note(t, "undo", e.text)
	switch e.Kind {
	case Pause:
		//rt:allow ML610 reason="the device's control, which may wait; see Begin"
		return e.control.Pause(false)
	case Reset:
		e.link.forget()
		//rt:allow ML610 reason="the device's control, which may wait; see Begin"
		return e.control.Reset()
	}
	return nil
}

// Undo undoes the fault at a place of the plan before its time, at the next step. It is
// for the goroutine that runs the rig: a task or a set point function. A fault that is
// not active is left alone, and not applied later.
func (p *Plan) Undo(place int) {
	e := p.entries[place]
	e.ends, e.done = true, true
}

// Sensors implements hil.Faults.
//
// Cost: O(faults). Allocates: no. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the faults of the plan
func (p *Plan) Sensors(t hil.Tick, values []float64) {
	for _, c := range p.sensors {
		c.apply(t, values)
	}
}

// Actuators implements hil.Faults.
//
// Cost: O(faults). Allocates: no. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the faults of the plan
func (p *Plan) Actuators(t hil.Tick, values []float64) {
	for _, c := range p.actuators {
		c.apply(t, values)
	}
}

// End implements hil.Faults: it undoes every fault. A device whose control fails then is
// one for the next handshake to find.
func (p *Plan) End(t hil.Tick) {
	for _, e := range p.entries {
		if e.active {
			_ = p.undo(e, t)
		}
	}
}
