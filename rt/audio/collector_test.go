package audio

import (
	"slices"
	"testing"

	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/record"
)

func TestCollector(t *testing.T) {
	var cycles []Cycle
	var blocks []Processed
	c, err := newCollector(2, true, true)
	if err != nil {
		t.Fatal(err)
	}
	c.cycle(&handoff.Record{Begin: 100, Entry: 130, End: 190, Frame: 64, N: 32, Flags: handoff.Missed | handoff.XrunOut})
	c.cycle(&handoff.Record{Begin: 1100, Entry: 1105, End: 1150, Frame: 96, N: 32, Flags: handoff.Raised | handoff.Late | handoff.XrunIn})
	wantCycles := []Cycle{
		{Frame: 64, N: 32, Begin: 100, Entry: 130, End: 190, Missed: true, XrunOut: true},
		{Frame: 96, N: 32, Begin: 1100, Entry: 1105, End: 1150, Raised: true, Late: true, XrunIn: true},
	}
	c.block(blockRecord{Wake: 7, Exec: 20_000_000, Span: 100_000_000, Frame: 64, N: 32})
	c.block(blockRecord{Wake: 9, Exec: 60_000_000, Span: 100_000_000, Frame: 96, N: 32, Marks: Faulted | LostP, Faults: 3, Over: 2})
	c.deliver(func(c Cycle) { cycles = append(cycles, c) }, func(p Processed) { blocks = append(blocks, p) }, func() {})
	if want := []Processed{
		{Frame: 64, N: 32, Wake: 7, Exec: 20_000_000},
		{Frame: 96, N: 32, Wake: 9, Exec: 60_000_000, Marks: Faulted | LostP, Faults: 3, Over: 2},
	}; !slices.Equal(blocks, want) {
		t.Errorf("blocks %+v, want %+v", blocks, want)
	}
	if !slices.Equal(cycles, wantCycles) {
		t.Errorf("cycles %+v, want %+v", cycles, wantCycles)
	}
	var s Stats
	c.report(&s)
	if s.Load != 0.6 || s.LoadPeak != 0.6 {
		t.Errorf("load %v, peak %v; want that of the last 100 ms, 0.6", s.Load, s.LoadPeak)
	}
	for name, got := range map[string][3]int64{
		"entry": {s.Entry.Count, s.Entry.Max, 30}, "response": {s.Response.Count, s.Response.Max, 90},
		"wake": {s.Wake.Count, s.Wake.Max, 9}, "exec": {s.Exec.Count, s.Exec.Max, 60_000_000},
	} {
		if got[0] != 2 || got[1] != got[2] {
			t.Errorf("%s: %d samples, at most %d; want 2, %d", name, got[0], got[1], got[2])
		}
	}
	c.block(blockRecord{Exec: 10_000_000, Span: 100_000_000})
	if c.report(&s); s.Load != 0.1 || s.LoadPeak != 0.6 {
		t.Errorf("load %v, peak %v; want 0.1 and 0.6", s.Load, s.LoadPeak)
	}
	series := c.series(1000)
	if len(series) != 4 || series[0].Name != "audio/entry" || !slices.Equal(series[0].Samples, []int64{30, 5}) || series[0].Period != 1000 {
		t.Errorf("series %+v", series)
	}
	c.reset()
	s = Stats{}
	c.report(&s)
	if s.Load != 0 || s.LoadPeak != 0 || s.Wake.Count != 0 {
		t.Errorf("after reset: %+v", s)
	}
}

// TestTiming: each figure is the quantile that its name says.
func TestTiming(t *testing.T) {
	r, err := record.New(record.Config{Capacity: 4000})
	if err != nil {
		t.Fatal(err)
	}
	for i := range int64(4000) {
		r.Record(i + 1)
	}
	got := timing(r)
	if got.Count != 4000 || got.Max != 4000 {
		t.Errorf("%+v", got)
	}
	for q, v := range map[float64]int64{0.5: got.P50, 0.99: got.P99, 0.999: got.P999} {
		if off := v - int64(4000*q); off < -10 || off > 10 {
			t.Errorf("quantile %v is %d", q, v)
		}
	}
}

// TestCounters: every counter of Stats is in counters, which since and plus go
// through.
func TestCounters(t *testing.T) {
	s := Stats{
		Callbacks: 1, Blocks: 1, Misses: 1, Late: 1, XrunsIn: 1, XrunsOut: 1, BadIn: 1, BadOut: 1, DenormalIn: 1,
		DenormalOut: 1, EventsLate: 1, EventsDelayed: 1, EventsRefused: 1, Reconnects: 1, NotifyLost: 1, Allocs: 1, Faults: 1, LostP: 1, Stops: 1, ProcessAllocs: 1,
		Pauses: 1, Unrecorded: 1,
	}
	if got := s.plus(&s).since(&s); got != s {
		t.Errorf("%+v", got)
	}
	if got := s.since(&s); got != (Stats{}) {
		t.Errorf("%+v", got)
	}
}
