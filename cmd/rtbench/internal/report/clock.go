package report

import (
	"slices"

	"github.com/memkit-go/memkit/rt/record"
)

// clock places the samples of a process in the run's time, and the interference
// of that time with them.
type clock struct {
	// starts of all processes of the run, ascending, without repetitions.
	starts       []int64
	interference []record.Interference
}

// newClock is nil where a run does not tell when its processes started, or saw no
// interference.
func newClock(run *record.Run) *clock {
	if run == nil || len(run.Interference) == 0 {
		return nil
	}
	c := &clock{interference: run.Interference}
	for i := range run.Series {
		c.starts = append(c.starts, run.Series[i].Start)
	}
	slices.Sort(c.starts)
	c.starts = slices.Compact(c.starts)
	if len(c.starts) == 0 || c.starts[len(c.starts)-1] <= 0 {
		return nil
	}
	return c
}

// window is when p measured. A periodic process says how long by its periods;
// another one measured until the next process was launched, about.
func (c *clock) window(p *record.Series) (from, to int64) {
	from = p.Start
	if n := max(int64(p.Counters["periods"]), int64(len(p.Samples))); p.Period > 0 {
		return from, from + n*p.Period
	}
	if i, _ := slices.BinarySearch(c.starts, from+1); i < len(c.starts) {
		return from, c.starts[i]
	}
	return from, max(from, c.interference[len(c.interference)-1].At)
}

// stolen is one stretch of time, as shares of a process' window, and the share of
// it that the host took.
type stolen struct{ from, to, steal float64 }

// stolen lists what the host took while p measured, in time order.
func (c *clock) stolen(p *record.Series) (out []stolen) {
	if c == nil {
		return nil
	}
	from, to := c.window(p)
	if to <= from {
		return nil
	}
	share := func(at int64) float64 { return float64(min(max(at, from), to)-from) / float64(to-from) }
	last := int64(0)
	for _, e := range c.interference {
		if e.Steal > 0 && e.At > from && last < to {
			out = append(out, stolen{share(last), share(e.At), e.Steal})
		}
		last = e.At
	}
	return out
}
