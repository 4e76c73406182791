package isolate

import "time"

// firstBeat waits for the first sign that a child is at work.
type firstBeat struct {
	cells   *sharedCells
	within  time.Duration
	ticker  *time.Ticker
	ticks   <-chan time.Time // nil where nothing is waited for
	last    time.Time        // the look before
	elapsed time.Duration
}

const (
	// firstBeatLook is how often the first beat is looked for.
	firstBeatLook = time.Millisecond
	// firstBeatMost is the most time that counts between two looks: when the whole
	// machine was stopped, the child was too.
	firstBeatMost = 50 * time.Millisecond
)

func newFirstBeat(within time.Duration, cells *sharedCells) *firstBeat {
	f := &firstBeat{cells: cells, within: within, last: time.Now()}
	if within > 0 {
		f.ticker = time.NewTicker(firstBeatLook)
		f.ticks = f.ticker.C
	}
	return f
}

func (f *firstBeat) stop() {
	if f.ticker != nil {
		f.ticker.Stop()
		f.ticks = nil
	}
}

// check reports whether the child has begun, or has taken too long for it.
func (f *firstBeat) check() (begun, late bool) {
	now := time.Now()
	f.elapsed += min(now.Sub(f.last), firstBeatMost)
	f.last = now
	if f.cells.begun() {
		return true, false
	}
	return false, f.elapsed >= f.within
}
