package suite

import (
	"context"
	"runtime"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
)

// ticker is the loop that a Go program has today: a goroutine that receives
// from a time.Ticker, under the same load, in a process that is set up in no
// way.
type ticker struct {
	period time.Duration
	load   loadSize
	view   view
}

func (c ticker) measure(ctx context.Context, d time.Duration) (record.Series, error) {
	load := newLoad(c.load)
	m := newTicked(c.period, d)
	start := time.Now()
	m.start = rt.Now()
	monitor, err := startStallMonitor(c.view, sampler.CPUs(), rt.DefaultPriority+1, m.start, c.period)
	if err != nil {
		return record.Series{}, err
	}
	load.begin()
	begun := rt.Now()
	var before, after runtime.MemStats
	allocs := load.without(func() int64 {
		runtime.ReadMemStats(&before)
		return int64(before.Mallocs)
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.run(ctx, start)
	}()
	<-done
	load.stop()
	ended := rt.Now()
	stalls := monitor.stop()
	runtime.ReadMemStats(&after)
	if ctx.Err() != nil {
		return record.Series{}, ctx.Err()
	}

	s := record.Series{
		Kind: record.Latency, Unit: "ns", Ops: 1, Period: m.period,
		Samples: m.late, Counters: map[string]float64{}, Facts: map[string]float64{"timer_ns": sampler.TimerCost()},
	}
	s.Outliers = largest(m.late, c.view.outliers)
	activations{m.first(), m.period, m.skips}.annotate(&s, stalls)
	s.Counters["allocs"] = float64(int64(after.Mallocs) - load.blocks() - allocs)
	countCollections(s.Counters, int64(after.NumGC-before.NumGC), ended-begun)
	return s, nil
}

// ticked is the ticker's goroutine and its books.
type ticked struct {
	start, period int64
	duration      time.Duration
	late          []int64
	skips         []skip
}

func newTicked(period, d time.Duration) *ticked {
	return &ticked{
		period:   int64(period),
		duration: d,
		late:     make([]int64, 0, d/period+2),
		skips:    make([]skip, 0, stallsMax),
	}
}

// first is when the first activation that can be recorded was due.
func (m *ticked) first() int64 { return m.start + (int64(warmUp)/m.period+1)*m.period }

// run receives ticks until the duration is over, the first 100 ms unrecorded.
// The ticks' own timestamps say which activations they are for: the ticker
// drops the ones for which the goroutine was not ready, and does not report them.
// However late the goroutine, one activation is recorded.
func (m *ticked) run(ctx context.Context, start time.Time) {
	period := time.Duration(m.period)
	from := int64(warmUp / period)
	to := from + int64(m.duration/period)
	t := time.NewTicker(period)
	defer t.Stop()
	for last := from; ctx.Err() == nil; {
		sent := <-t.C
		now := rt.Now()
		index := int64(sent.Sub(start) / period)
		if index <= from {
			continue
		}
		if skipped := index - last - 1; skipped > 0 && len(m.skips) < cap(m.skips) {
			m.skips = append(m.skips, skip{m.start + (last+1)*m.period, skipped})
		}
		m.late = append(m.late, now-m.start-index*m.period)
		if last = index; index >= to {
			return
		}
	}
}
