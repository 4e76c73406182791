package hil

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Scenario is a test of a device: a rig, a stimulus, and the requirements.
type Scenario struct {
	// Name appears in verdicts and file names.
	Name string
	// Rig makes the rig's configuration with its plant and links, for each run anew. A
	// Record of 0 there means all steps of the run.
	Rig func() (Config, error)
	Stimulus
	// Checks are the requirements.
	Checks []Check
	// End judges what ended the run; nil means that it must go to its last step.
	End func(end error) error
}

// Check is a requirement of a scenario.
type Check struct {
	// ID is the requirement's own, such as "REQ-12"; empty where there is none.
	ID string
	// Name says what must hold.
	Name string
	// Judge returns nil when it holds. An error that wraps ErrInconclusive says that
	// this run cannot tell.
	Judge func(r *Result) error
}

// String is the requirement with its name.
func (c Check) String() string { return strings.TrimSpace(c.ID + " " + c.Name) }

// ErrInconclusive is wrapped by a [Check] that cannot tell from its run.
var ErrInconclusive = errors.New("hil: inconclusive")

// NoMisses is a check that the device answered in time in each step. Where the rig itself
// was late, the run says nothing of the device.
func NoMisses(id string) Check {
	return Check{ID: id, Name: "no deadline is missed", Judge: func(r *Result) error {
		switch m := r.Misses; {
		case m.Device > 0:
			return fmt.Errorf("%v", m)
		case m.Rig > 0:
			return fmt.Errorf("%w: %v; give the rig a CPU of its own", ErrInconclusive, m)
		}
		return nil
	}}
}

// recordDefault bounds what Scenario records of itself: a million steps.
const recordDefault = 1 << 20

// Evaluate runs the scenario and judges it. The error is what kept the run from beginning;
// everything else is a verdict.
func (s Scenario) Evaluate(ctx context.Context) (*Report, error) {
	if s.Rig == nil {
		return nil, fmt.Errorf("hil: Scenario.Rig nil: must be given; it makes the rig's configuration")
	}
	for i, c := range s.Checks {
		if c.Name == "" || c.Judge == nil {
			return nil, fmt.Errorf("hil: Scenario.Checks %d: Name %q, Judge given %t: give both", i, c.Name, c.Judge != nil)
		}
	}
	c, err := s.Rig()
	if err != nil {
		return nil, fmt.Errorf("hil: Scenario %s: its rig: %w", s.Name, err)
	}
	if c.Record == 0 {
		c.Record = int(min(s.Steps, recordDefault))
	}
	rig, err := New(c)
	if err != nil {
		for _, given := range c.Connections { // a device that was started ends here
			if given.Link != nil {
				err = errors.Join(err, given.Link.Close())
			}
		}
		return nil, err
	}
	res, err := rig.Run(ctx, s.Stimulus)
	if err != nil {
		return nil, errors.Join(err, rig.Close())
	}
	report := &Report{Scenario: s.Name, Result: res}
	ended := s.judgeEnd(res.End)
	report.add(ended)
	for _, c := range s.Checks {
		v := Verdict{ID: c.ID, Name: c.Name}
		if ended.Outcome == Pass {
			v.judge(c.Judge(res))
		} else {
			v.Outcome, v.Why = Inconclusive, "the run did not end as it must"
		}
		report.add(v)
	}
	if s.Replay != nil && res.End == nil && res.Steps == int64(s.Replay.Len()) {
		v := Verdict{Name: "replay"}
		if res.Hash != s.Replay.Hash {
			v.Outcome, v.Why = Fail, fmt.Sprintf("hash %016x, of the recording %016x: the plant or its step has changed", res.Hash, s.Replay.Hash)
		}
		report.add(v)
	}
	if err := rig.Close(); err != nil && !errors.Is(err, ErrRunning) {
		report.add(Verdict{Name: "close", Outcome: Fail, Why: err.Error()})
	}
	return report, nil
}

// judgeEnd names what ended the run.
func (s Scenario) judgeEnd(end error) Verdict {
	v := Verdict{Name: "run"}
	if s.End != nil {
		v.judge(s.End(end))
		return v
	}
	var (
		stall *StallError
		down  *LinkError
		plant *PlantError
	)
	switch {
	case end == nil:
		return v
	case errors.As(end, &stall):
		v.Name = "stalled"
	case errors.As(end, &down):
		v.Name = "link down"
	case errors.Is(end, ErrUnstable):
		v.Name = "unstable"
	case errors.As(end, &plant):
		v.Name = "plant failed"
	}
	v.Outcome, v.Why = Fail, end.Error()
	return v
}
