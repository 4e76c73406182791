package isolate

import (
	"time"

	"github.com/memkit-go/memkit/rt/internal/counters"
)

// looksPerBeat is how many looks in a row must find nothing before a child
// counts as hung. What matters is that they are several: when the whole machine
// was stopped, the first look after it finds no beat either, and those after it
// do.
const looksPerBeat = 4

// heartbeatMonitor looks for the beats of a child in shared memory.
type heartbeatMonitor struct {
	cells  *sharedCells
	every  time.Duration
	ticker *time.Ticker
	ticks  <-chan time.Time // nil without a heartbeat
	own    pulse            // of the child itself
	loops  [maxLoops]pulse
}

// pulse is one counter that should not stop.
type pulse struct {
	last   uint64
	silent time.Duration // for how many looks, in time between them
}

func newHeartbeatMonitor(heartbeat time.Duration, cells *sharedCells) *heartbeatMonitor {
	w := &heartbeatMonitor{cells: cells}
	if heartbeat > 0 {
		w.every = heartbeat / looksPerBeat
		w.ticker = time.NewTicker(w.every)
		w.ticks = w.ticker.C
	}
	return w
}

func (w *heartbeatMonitor) stop() {
	if w.ticker != nil {
		w.ticker.Stop()
	}
}

// check beats for the parent and reports whether the child is hung.
func (w *heartbeatMonitor) check() (hung bool) {
	w.cells.parentBeat.Add(1)
	most := looksPerBeat * w.every
	if beat := w.cells.childBeat.Load(); beat != 0 && w.own.stopped(beat, w.every, most) {
		return true
	}
	for i := range w.loops {
		c, p := &w.cells.loops[i].counters, &w.loops[i]
		if !c.Running() {
			p.silent = 0
			continue
		}
		period := time.Duration(w.cells.loops[i].period.Load())
		if p.stopped(uint64(c.Of(counters.Ticks).Load()), w.every, max(most, looksPerBeat*period)) {
			return true
		}
	}
	return false
}

// stopped notes a look that found value, and reports whether the counter has not
// moved for as long as most.
func (p *pulse) stopped(value uint64, every, most time.Duration) bool {
	if value != p.last {
		p.last, p.silent = value, 0
		return false
	}
	p.silent += every
	return p.silent > most
}
