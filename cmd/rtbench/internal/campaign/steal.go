package campaign

import (
	"time"

	"github.com/memkit-go/memkit/rt/env"
	"github.com/memkit-go/memkit/rt/record"
)

// stealLog follows how much CPU time the host takes from this machine.
type stealLog struct {
	read    func() (env.CPUTime, error)
	started time.Time
	last    env.CPUTime
	seen    []record.Interference
}

// startStealLog begins with the present; where steal cannot be read, nothing will be
// seen.
func (c *Campaign) startStealLog() *stealLog {
	w := &stealLog{read: c.CPU, started: time.Now()}
	if w.read == nil {
		return w
	}
	now, err := w.read()
	if err != nil {
		w.read = nil
	}
	w.last = now
	return w
}

// elapsed is the time since the run's start.
func (w *stealLog) elapsed() time.Duration { return time.Since(w.started) }

// sample adds the share stolen since the last sample.
func (w *stealLog) sample() {
	if w.read == nil {
		return
	}
	now, err := w.read()
	if err != nil || now.Total <= w.last.Total {
		return
	}
	w.seen = append(w.seen, record.Interference{
		At:    w.elapsed().Nanoseconds(),
		Steal: now.StealSince(w.last),
	})
	w.last = now
}
