package rt

import (
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt/internal/machine"
)

// descriptor is one on a virtual clock that becomes readable at times.
type descriptor struct {
	now    int64
	at     []int64
	failed bool // answers at once that it cannot be read
	signal int  // waits that a signal ends
	late   int64
	polls  int
}

func (d *descriptor) system() *machine.System {
	return &machine.System{
		Now:      func() int64 { return d.now },
		SleepRaw: func(until int64) syscall.Errno { d.now = max(d.now, until); return 0 },
		PollRaw: func(_ int, until int64) (bool, syscall.Errno) {
			d.polls++
			switch {
			case d.failed:
				return false, 0
			case d.signal > 0:
				d.signal--
				return false, syscall.EINTR
			case len(d.at) > 0 && d.at[0] <= until:
				d.now = max(d.now, d.at[0])
				d.at = d.at[1:]
				return true, 0
			}
			d.now = until + d.late
			return false, 0
		},
	}
}

// turn is what a Trigger returned and when.
type turn struct {
	due int64
	ok  bool
	now int64
}

func turns(d *descriptor, timeout time.Duration, n int) []turn {
	wait := readable(d.system(), 3, int64(timeout))
	var all []turn
	for range n {
		due, ok := wait(d.now + 10)
		all = append(all, turn{due, ok, d.now})
	}
	return all
}

// TestReadable: what arrives is a tick; a timeout is a missed one, once, and the next
// counts from there; what the loop asks back for in between is neither.
func TestReadable(t *testing.T) {
	for _, c := range []struct {
		name    string
		d       descriptor
		timeout time.Duration
		want    []turn
	}{
		{"packets", descriptor{now: 100, at: []int64{103, 109}}, 25, []turn{{0, true, 103}, {0, true, 109}}},
		{"timeout", descriptor{now: 100, at: []int64{149}}, 25,
			[]turn{{0, false, 110}, {0, false, 120}, {125, false, 125}, {0, false, 135}, {0, false, 145}, {0, true, 149}}},
		{"timeout is the loop's limit", descriptor{now: 100}, 10, []turn{{110, false, 110}, {120, false, 120}}},
		{"a late wake", descriptor{now: 100, late: 3}, 10, []turn{{110, false, 113}, {120, false, 123}, {130, false, 133}}},
		{"no timeout", descriptor{now: 100}, 0, []turn{{0, false, 110}, {0, false, 120}, {0, false, 130}}},
		{"signal", descriptor{now: 100, signal: 1, at: []int64{103}}, 25, []turn{{0, false, 100}, {0, true, 103}}},
		{"failed", descriptor{now: 100, failed: true}, 25, []turn{{0, false, 110}, {0, false, 120}, {125, false, 125}}},
	} {
		if got := turns(&c.d, c.timeout, len(c.want)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestReadableFailedDoesNotSpin: one question for each wait.
func TestReadableFailedDoesNotSpin(t *testing.T) {
	d := descriptor{now: 100, failed: true}
	turns(&d, 25, 100)
	if d.polls != 100 || d.now < 100+100*5 {
		t.Errorf("%d polls until %d", d.polls, d.now)
	}
}

// TestMissedTriggers: an activation that a trigger reports lost is skipped and missed,
// keeps its index, and counts against the miss budget.
func TestMissedTriggers(t *testing.T) {
	k := newKernel(t)
	turn := 0
	lost := func(until int64) (int64, bool) {
		turn++
		k.time += period
		return k.time, turn != 2 && turn != 3 && turn < 6
	}
	l := mustLoop(t, LoopConfig{Mode: Portable, Trigger: lost, Miss: MissBudget{M: 3, K: 8}}, k.system(), nil)
	var ticks []Tick
	err := l.Run(t.Context(), func(t *Tick) error {
		ticks = append(ticks, Tick{Index: t.Index, Skipped: t.Skipped})
		return nil
	})
	if want := []Tick{{Index: 0}, {Index: 3, Skipped: 2}, {Index: 4}}; !slices.Equal(ticks, want) {
		t.Errorf("%+v, want %+v", ticks, want)
	}
	if s := l.Stats(); !errors.Is(err, ErrMissBudget) || s.Ticks != 3 || s.Skipped != 4 || s.Missed != 4 || s.Breaches != 1 {
		t.Errorf("%v, %+v", err, s)
	}
}

// TestTriggeredMissBudget: a step that ends after its deadline is a miss also where a
// device clocks the loop.
func TestTriggeredMissBudget(t *testing.T) {
	k := newKernel(t)
	l := mustLoop(t, LoopConfig{Mode: Portable, Trigger: triggers(k), Miss: MissBudget{M: 0, K: 1}}, k.system(), nil)
	ticks, err := script(t, k, l, 100, 2*period)
	if !errors.Is(err, ErrMissBudget) || len(ticks) != 2 {
		t.Errorf("%v after %d ticks", err, len(ticks))
	}
}

// TestResponse: wake, response and output-to-output jitter are counted apart.
func TestResponse(t *testing.T) {
	k := newKernel(t)
	l := mustLoop(t, LoopConfig{Mode: Portable, Period: time.Duration(period)}, k.system(), nil)
	k.late = []int64{10, 30, 10}
	if _, err := script(t, k, l, 100, 150, 120); err != nil {
		t.Fatal(err)
	}
	// The outputs are at 110, 180, 130 and 0 after their activations.
	if s := l.Stats(); s.MaxLatency != 30 || s.MaxResponse != 180 || s.MaxOutputJitter != 130 {
		t.Errorf("%+v", s)
	}
}

// withoutOutput is s without when the steps ended, which TestResponse checks.
func (s Stats) withoutOutput() Stats {
	s.MaxResponse, s.MaxOutputJitter = 0, 0
	return s
}
