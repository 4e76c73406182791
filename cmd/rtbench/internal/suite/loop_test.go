package suite

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
)

func TestWindowRecordsOnlyItsOwn(t *testing.T) {
	const period, first = int64(time.Millisecond), 1000 * int64(time.Millisecond)
	type activation struct{ index, late, skipped int64 }
	for _, c := range []struct {
		name    string
		ticks   []activation
		samples []int64
		skips   []skip
	}{
		{"all on time",
			[]activation{{0, 9, 0}, {1, 9, 0}, {2, 9, 0}, {3, 30, 0}, {4, 40, 0}, {5, 50, 0}, {6, 60, 0}, {7, 70, 0}, {8, 9, 0}, {9, 9, 0}},
			[]int64{30, 40, 50, 60, 70}, nil},
		{"two skipped inside",
			[]activation{{0, 9, 0}, {3, 30, 2}, {6, 60, 2}, {7, 70, 0}, {8, 9, 0}, {12, 9, 3}},
			[]int64{30, 60, 70}, []skip{{first + 4*period, 2}}},
		{"skipped over the beginning",
			[]activation{{0, 9, 0}, {1, 9, 0}, {5, 50, 3}, {6, 60, 0}, {7, 70, 0}, {8, 9, 0}},
			[]int64{50, 60, 70}, []skip{{first + 3*period, 2}}},
		{"skipped over the end",
			[]activation{{0, 9, 0}, {3, 30, 2}, {4, 40, 0}, {5, 50, 0}, {11, 9, 5}, {12, 9, 0}},
			[]int64{30, 40, 50}, []skip{{first + 6*period, 2}}},
		{"all skipped",
			[]activation{{0, 9, 0}, {1, 9, 0}, {20, 9, 18}},
			nil, []skip{{first + 3*period, 5}}},
	} {
		rec, err := record.New(record.Config{Capacity: 6})
		if err != nil {
			t.Fatal(err)
		}
		w := newWindow(rec, time.Millisecond)
		for _, a := range c.ticks {
			due := first + a.index*period
			rec.RecordCause(a.late, record.LostP)
			if err := w.step(&rt.Tick{Index: a.index, Intended: due, Now: due + a.late, Skipped: a.skipped, Deadline: due + period}); err != nil {
				t.Fatal(err)
			}
			// Opened behind the first tick, for the activations 3 to 7.
			w.to.Store(first + 8*period)
			w.from.Store(first + 3*period)
		}
		if w.first.Load() != first {
			t.Errorf("%s: first activation at %d, want %d", c.name, w.first.Load(), first)
		}
		if !w.closed.Load() {
			t.Errorf("%s: still open behind its end", c.name)
		}
		s := w.series()
		if !slices.Equal(s.Samples, c.samples) && len(s.Samples)+len(c.samples) > 0 {
			t.Errorf("%s: samples %v, want %v", c.name, s.Samples, c.samples)
		}
		for _, o := range s.Outliers {
			if o.Value != c.samples[o.Index] || o.Index > 0 && o.Cause != record.LostP {
				t.Errorf("%s: outlier %+v of %v", c.name, o, c.samples)
			}
		}
		if len(s.Outliers) != len(c.samples) || len(s.Counters) != 0 {
			t.Errorf("%s: %d outliers, counters %v", c.name, len(s.Outliers), s.Counters)
		}
		if !slices.Equal(w.skips, c.skips) {
			t.Errorf("%s: skips %v, want %v", c.name, w.skips, c.skips)
		}
	}
}

func TestJudgePeriods(t *testing.T) {
	c := map[string]float64{}
	s := record.Series{Samples: make([]int64, 95), Counters: c}
	activations{1000, 1000, []skip{{first: 1000, n: 4}, {first: 9000, n: 1}}}.annotate(&s, []stall{{from: 8000, to: 9500, most: 1}, {from: 1000, to: 1200, most: math.MaxInt64}})
	for name, want := range map[string]float64{"ops": 95, "periods": 100, "skipped": 4, "skipped_exempt": 1, "stalls": 1} {
		if c[name] != want {
			t.Errorf("counter %s is %g, want %g", name, c[name], want)
		}
	}
}

func TestRoomForRefusesADayOfGarbage(t *testing.T) {
	if freeMemory() == 0 {
		t.Skip("this system does not say how much memory is free")
	}
	if err := standardLoad.roomFor(time.Second); err != nil {
		t.Errorf("one second: %v", err)
	}
	if err := standardLoad.roomFor(1000 * time.Hour); err == nil {
		t.Error("180 TB of garbage were accepted")
	}
}

func TestLoadStopsBeforeItBegan(t *testing.T) {
	l := newLoad(standardLoad)
	l.stop()
	l.stop()
	if n := l.blocks(); n != 0 {
		t.Errorf("%d blocks made by a load that never ran", n)
	}
}
