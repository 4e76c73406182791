package audio

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/record"
)

// collector turns the records of cycles and blocks into timings, far from any
// real-time thread.
type collector struct {
	mu                          sync.Mutex
	entry, wake, exec, response *record.Recorder
	cycles                      []Cycle // to be delivered
	blocks                      []Processed
	keepCycles, keepBlocks      bool
	delivering                  bool
	offline                     bool         // delivered at the end of each Render
	deliverer                   atomic.Int64 // the goroutine that delivers, 0 for none
	undelivered                 atomic.Uint64

	busy, span int64 // of the load's window so far, in ns
	load, peak float64
}

// loadWindow is how much sound the load is averaged over.
const loadWindow = int64(100 * time.Millisecond)

func newCollector(samples int, keepCycles, keepBlocks bool) (*collector, error) {
	c := &collector{keepCycles: keepCycles, keepBlocks: keepBlocks}
	for _, r := range []**record.Recorder{&c.entry, &c.wake, &c.exec, &c.response} {
		var err error
		if *r, err = record.New(record.Config{Capacity: samples}); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// cycle takes one cycle's record; mu is held.
func (c *collector) cycle(r *handoff.Record) {
	c.entry.Record(r.Entry - r.Begin)
	c.response.Record(r.End - r.Begin)
	if !c.keepCycles || c.full(len(c.cycles)) {
		return
	}
	has := func(flag uint32) bool { return r.Flags&flag != 0 }
	c.cycles = append(c.cycles, Cycle{
		Frame: r.Frame, N: int(r.N), Begin: r.Begin, Entry: r.Entry, End: r.End,
		Number: r.Number,
		Missed: has(handoff.Missed), Raised: has(handoff.Raised), Late: has(handoff.Late),
		XrunIn: has(handoff.XrunIn), XrunOut: has(handoff.XrunOut),
	})
}

// block takes one block's record; mu is held.
func (c *collector) block(r blockRecord) {
	c.wake.Record(r.Wake)
	c.exec.Record(r.Exec)
	if c.keepBlocks && !c.full(len(c.blocks)) {
		c.blocks = append(c.blocks, Processed{
			Frame: r.Frame, N: int(r.N), Wake: r.Wake, Exec: r.Exec,
			Marks: r.Marks, Faults: int(r.Faults), Over: int(r.Over),
		})
	}
	if r.Span == 0 {
		return
	}
	c.peak = max(c.peak, float64(r.Exec)/float64(r.Span))
	c.busy += r.Exec
	c.span += r.Span
	if c.span >= loadWindow {
		c.load = float64(c.busy) / float64(c.span)
		c.busy, c.span = 0, 0
	}
}

// maxUndelivered bounds what a function of the Config that does not return can pile
// up: some minutes of 64 frames, 100 MB.
const maxUndelivered = 1 << 20

// full counts the records that are dropped.
func (c *collector) full(n int) bool {
	if n < maxUndelivered || c.offline {
		return false
	}
	c.undelivered.Add(1)
	return true
}

// deliver calls the functions for the records, in order, without a lock, and
// then the last one. Where another call is at work that one goes on until nothing is
// left.
func (c *collector) deliver(onCycle func(Cycle), onBlock func(Processed), last func()) {
	c.mu.Lock()
	if c.delivering {
		c.mu.Unlock()
		return
	}
	c.delivering = true
	c.deliverer.Store(goroutine())
	defer func() {
		c.deliverer.Store(0)
		c.delivering = false
		c.mu.Unlock()
	}()
	for {
		cycles, blocks := c.cycles, c.blocks
		c.cycles, c.blocks = nil, nil
		c.mu.Unlock()
		for _, r := range cycles {
			onCycle(r)
		}
		for _, r := range blocks {
			onBlock(r)
		}
		last()
		c.mu.Lock()
		if len(c.cycles)+len(c.blocks) == 0 {
			return
		}
	}
}

// report fills the timings of s; mu is held.
func (c *collector) report(s *Stats) {
	s.Load, s.LoadPeak = c.load, c.peak
	if c.load == 0 && c.span > 0 {
		s.Load = float64(c.busy) / float64(c.span)
	}
	s.Entry, s.Wake, s.Exec, s.Response = timing(c.entry), timing(c.wake), timing(c.exec), timing(c.response)
}

func timing(r *record.Recorder) Timing {
	return Timing{Count: r.Count(), P50: r.Quantile(0.5), P99: r.Quantile(0.99), P999: r.Quantile(0.999), Max: r.Max()}
}

// series copies the records in order; mu is held.
func (c *collector) series(period time.Duration) []record.Series {
	return []record.Series{
		c.entry.Series("audio/entry", period), c.wake.Series("audio/wake", period),
		c.exec.Series("audio/exec", period), c.response.Series("audio/response", period),
	}
}

// reset forgets everything.
func (c *collector) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range []*record.Recorder{c.entry, c.wake, c.exec, c.response} {
		r.Reset()
	}
	c.busy, c.span, c.load, c.peak = 0, 0, 0, 0
}
