package bus

import "github.com/memkit-go/memkit/rt"

// ticks is a loop in virtual time.
type ticks struct {
	period, at int64 // at is now
	next       int64 // the index of the next tick
	begin      int64
}

func newTicks(period int64) *ticks { return &ticks{period: period, at: 1e12, begin: 1e12} }

func (c *ticks) now() int64 { return c.at }

func (c *ticks) advance(ns int64) { c.at += ns }

// tick returns the tick that wakes so late after the first grid point that is not
// before now.
func (c *ticks) tick(late int64) *rt.Tick {
	index := max((c.at-c.begin+c.period-1)/c.period, c.next)
	t := &rt.Tick{Index: index, Intended: c.begin + index*c.period, Skipped: index - c.next}
	c.next = index + 1
	c.at = t.Intended + late
	t.Now, t.Deadline = c.at, t.Intended+c.period
	return t
}
