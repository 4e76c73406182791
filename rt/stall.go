package rt

import (
	"time"

	"github.com/memkit-go/memkit/rt/internal/counters"
)

const (
	// stallPeriods is how many periods a step may take without being a stall: more is
	// what a machine under load does to a loop now and then.
	stallPeriods = 4
	// defaultStallAfter is more than twice what a control group that has used up its CPU
	// quota stands still (100 ms).
	defaultStallAfter = 250 * time.Millisecond
	// stallLooks in a row must find no step that has returned: when the whole machine was
	// stopped, one of them finds none either.
	stallLooks = 4
)

// stallMonitor looks, on an ordinary goroutine, whether a loop goes on.
type stallMonitor struct {
	loop    *Loop
	last    int64 // count of ticks
	since   time.Time
	looks   int  // that found no progress
	stalled bool // and OnStall has been called
}

// monitorStalls calls OnStall at every stall of the loop, until stop is called.
func (l *Loop) monitorStalls() (stop func()) {
	ended := make(chan struct{})
	look := time.NewTicker(l.cfg.StallAfter / stallLooks)
	go func() {
		defer look.Stop()
		m := stallMonitor{loop: l, since: time.Now()}
		for {
			select {
			case <-ended:
				return
			case <-look.C:
				if stalled := m.look(time.Now()); stalled > 0 {
					l.cfg.OnStall(stalled)
				}
			}
		}
	}()
	return func() { close(ended) }
}

// look returns how long the loop has stalled, when that is due to be told.
func (m *stallMonitor) look(now time.Time) (stalled time.Duration) {
	l := m.loop
	ticks := l.counters.Of(counters.Ticks).Load()
	if !l.counters.Running() || ticks != m.last || l.process != nil && l.process.window.Load() != nil {
		m.last, m.since, m.looks, m.stalled = ticks, now, 0, false
		return 0
	}
	m.looks++
	if m.stalled || m.looks < stallLooks || now.Sub(m.since) < l.cfg.StallAfter {
		return 0
	}
	m.stalled = true
	return now.Sub(m.since)
}
