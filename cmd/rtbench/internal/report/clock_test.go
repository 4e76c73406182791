package report

import (
	"slices"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
)

func TestClockPlacesStealBesideSamples(t *testing.T) {
	run := &record.Run{
		Series: []record.Series{
			{Start: 1000, Period: 10, Samples: make([]int64, 50), Counters: map[string]float64{"periods": 100}},
			{Start: 3000, Samples: make([]int64, 7)},
			{Start: 4000, Samples: make([]int64, 7)},
		},
		Interference: []record.Interference{{At: 500, Steal: 1}, {At: 1500, Steal: 0.25}, {At: 3500}, {At: 4500, Steal: 0.5}},
	}
	c := newClock(run)
	for i, want := range [][]stolen{
		{{0, 0.5, 0.25}}, // 1000 to 2000: its periods
		{{0.5, 1, 0.5}},  // 3000 to 4000: the next process
		{{0, 1, 0.5}},    // 4000 to 4500: the last look
	} {
		if got := c.stolen(&run.Series[i]); !slices.Equal(got, want) {
			t.Errorf("process %d: %v, want %v", i, got, want)
		}
	}
}

func TestClockNeedsStarts(t *testing.T) {
	run := &record.Run{Series: []record.Series{{}}, Interference: []record.Interference{{At: 1, Steal: 1}}}
	if c := newClock(run); c != nil || len(c.stolen(&run.Series[0])) > 0 {
		t.Error("a run without starts has a clock")
	}
	if newClock(nil) != nil {
		t.Error("no run has a clock")
	}
}
