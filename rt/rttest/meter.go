package rttest

import (
	"context"
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
)

// meter runs one loop and records it. Both recorders take a sample a period, so
// that the cause of a late wake explains a late response.
type meter struct {
	config         Config
	step           func(*rt.Tick) error
	periods        int64
	wake, response *record.Recorder

	loop    *rt.Loop
	granted rt.Granted
	begun   bool // the step has been called
}

// newLoop is rt's; a test has one that is refused.
var newLoop = rt.NewLoop

func newMeter(periods int, c Config, step func(*rt.Tick) error) (*meter, error) {
	wake, err1 := record.New(record.Config{Capacity: periods})
	response, err2 := record.New(record.Config{Capacity: periods})
	c.Loop.Recorder = wake
	if c.Loop.WarmUp == 0 {
		c.Loop.WarmUp = warmUp
	}
	return &meter{config: c, step: step, periods: int64(periods), wake: wake, response: response}, errors.Join(err1, err2)
}

// run prepares the process and runs the loop to its end.
func (m *meter) run() (err error) {
	if mode := m.config.Loop.Mode; mode == rt.Strict || mode == rt.Auto {
		p, err := rt.Setup(m.config.Process)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.Close()) }()
	}
	m.loop, err = newLoop(m.config.Loop)
	if err != nil {
		return err
	}
	m.granted = m.loop.Granted()
	if err := m.loop.Run(context.Background(), m.tick); err != nil {
		return fmt.Errorf("rttest: the loop ended after %d periods: %w", m.wake.Count(), err)
	}
	if n := m.response.Count(); n < m.periods {
		return fmt.Errorf("rttest: the step ended its loop after %d of %d periods; return nil for as long as Verify measures", n, m.periods)
	}
	return nil
}

// tick is the loop's step around the user's.
//
// Cost: O(1) and the user's step. Allocates: no. Blocks: no. Caller: the loop.
//
//rt:nonblocking
//rt:nonallocating
//rt:allow ML610 reason="the step that is measured"
func (m *meter) tick(t *rt.Tick) error {
	m.begun = true
	if err := m.step(t); err != nil {
		return err
	}
	if m.wake.Count() == 0 {
		return nil // the loop is warming up, and records nothing either
	}
	m.response.Record(rt.Now() - t.Intended)
	if m.response.Count() < m.periods {
		return nil
	}
	return rt.ErrStop
}

// seriesOf is what a process reports of its loop; a test has latencies of its own.
var seriesOf = (*meter).series

// series has the samples that were measured after the warm-up.
func (m *meter) series(name string) record.Series {
	r := m.response
	if m.config.Latency == Wake {
		r = m.wake
	}
	s := r.Series(name, m.config.Loop.Period)
	causes := map[int64]record.Cause{}
	for _, o := range m.wake.Top() {
		causes[o.Index] = o.Cause
	}
	for i := range s.Outliers {
		s.Outliers[i].Cause |= causes[s.Outliers[i].Index]
	}
	n := m.loop.Stats()
	for counter, value := range map[string]int64{
		"periods":     n.Ticks,
		"skipped":     n.Skipped,
		"overruns":    n.Overruns,
		"missed":      n.Missed,
		"eintr":       n.Interrupted,
		"lost_p":      n.LostP,
		"syscalls":    n.Syscalls,
		"allocs":      n.Allocs,
		"faults":      n.MinorFaults + n.MajorFaults,
		"stops":       n.Stops,
		"evacuations": n.Evacuations,
	} {
		s.Counters[counter] = float64(value)
	}
	return s
}
