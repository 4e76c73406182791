package campaign

import (
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/throttle"
	"github.com/memkit-go/memkit/rt/env"
	"github.com/memkit-go/memkit/rt/record"
)

// stealLog follows how much CPU time the host takes from this machine.
type stealLog struct {
	read    func() (env.CPUTime, error)
	started time.Time
	last    env.CPUTime
	// slowing, when set, reads what slows programs down from outside.
	slowing func() throttle.Reading
	before  throttle.Reading
	seen    []record.Interference
}

// startStealLog begins with the present; where steal cannot be read, nothing will be
// seen.
func (c *Campaign) startStealLog() *stealLog {
	w := &stealLog{read: c.CPU, started: time.Now(), slowing: c.Slowing}
	if w.slowing != nil {
		w.before = w.slowing()
	}
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
	entry := record.Interference{
		At:    w.elapsed().Nanoseconds(),
		Steal: now.StealSince(w.last),
	}
	if w.slowing != nil {
		r := w.slowing()
		if r.Limited && w.before.Limited {
			entry.Quota = max(0, r.Quota.Since(w.before.Quota).Time.Nanoseconds())
		}
		if r.Hot >= 0 && w.before.Hot >= 0 {
			entry.Hot = max(0, r.Hot-w.before.Hot)
		}
		entry.Slowest, w.before = r.Slowest, r
	}
	w.seen = append(w.seen, entry)
	w.last = now
}
