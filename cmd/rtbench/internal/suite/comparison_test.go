package suite

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt/record"
)

func TestDue(t *testing.T) {
	a := activations{begin: 1000, period: 100, skips: []skip{{1000, 2}, {1300, 1}, {1600, 3}}}
	for sample, want := range []int64{1200, 1400, 1500, 1900, 2000} {
		if got := a.due(int64(sample)); got != want {
			t.Errorf("sample %d was due at %d, want %d", sample, got, want)
		}
	}
}

// TestBehind against a thread that is simulated tick by tick.
func TestBehind(t *testing.T) {
	const period, begin = 100, 5000
	late := []int64{0, 99, 100, 101, 5, 350, 1}
	due, want := int64(begin), []skip(nil)
	for _, v := range late {
		now := due + v
		due += period
		missed := skip{first: due}
		for now > due {
			missed.n++
			due += period
		}
		if missed.n > 0 {
			want = append(want, missed)
		}
	}
	if got := behind(late, begin, period); !slices.Equal(got, want) || len(got) != 2 {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestStallCause(t *testing.T) {
	seen := []stall{{from: 1000, to: 2000, most: math.MaxInt64}, {from: 5000, to: 9000, most: 3}}
	for _, c := range []struct {
		due, woke int64
		want      record.Cause
	}{
		{1000, 2000, ControlLate},
		{500, 1500, ControlLate},
		{0, 1400, 0},
		{2000, 3000, 0},
		{6000, 6100, record.Steal},
		{2000, 8000, record.Steal},
	} {
		if got := stallCause(c.due, c.woke, seen); got != c.want {
			t.Errorf("%d to %d: %v, want %v", c.due, c.woke, got, c.want)
		}
	}
}

func TestPeerSeriesLeavesTheWarmUpOut(t *testing.T) {
	c := Comparison{Period: 100}
	// The second wake is two periods late, the fifth one.
	late := []int64{1, 250, 3, 4, 150, 6}
	s := c.peerSeries(late, 2, 1000, []stall{{from: 1650, to: 1860, most: math.MaxInt64}})
	if !slices.Equal(s.Samples, []int64{3, 4, 150, 6}) {
		t.Errorf("samples %v", s.Samples)
	}
	for name, want := range map[string]float64{"periods": 5, "skipped": 0, "skipped_exempt": 1} {
		if s.Counters[name] != want {
			t.Errorf("%s %g, want %g", name, s.Counters[name], want)
		}
	}
	if o := s.Outliers[0]; o.Value != 150 || o.Index != 2 || o.Cause != ControlLate {
		t.Errorf("largest outlier %+v", o)
	}
	if got := c.peerSeries(late[:1], 2, 1000, nil); len(got.Samples) != 0 {
		t.Errorf("less than the warm-up: %v", got.Samples)
	}
}

func TestRowsOfAComparison(t *testing.T) {
	names := func(c Comparison, peers ...string) (got []string) {
		for _, b := range c.Rows(peers) {
			got = append(got, b.Name)
		}
		return got
	}
	idle := Comparison{Period: time.Millisecond, Margin: time.Microsecond}
	if got := names(idle, RowC); !slices.Equal(got, []string{RowStrict, RowHybrid, RowIsolate, RowPlain, RowC}) {
		t.Errorf("idle: %v", got)
	}
	busy := idle
	busy.Busy = 1
	if got := names(busy, RowCyclictest, RowC); !slices.Equal(got, []string{RowStrict, RowHybrid, RowIsolate, RowIsolateIdle, RowPlain, RowC, RowCyclictest}) {
		t.Errorf("busy: %v", got)
	}
}

func TestDuringCountsCollections(t *testing.T) {
	broken := errors.New("broken")
	if _, err := (loadSize{}).during(func() (record.Series, error) { return record.Series{}, broken }); err != broken {
		t.Errorf("error %v", err)
	}
	s, err := loadSize{busy: 1, garbage: 1 << 20}.during(func() (record.Series, error) {
		return record.Series{Counters: map[string]float64{}}, nil
	})
	if _, counted := s.Counters["collections"]; err != nil || !counted || s.Counters["collections_s"] < 0 {
		t.Errorf("%v, %v", s.Counters, err)
	}
}
