package rt

import (
	"math/rand/v2"
	"testing"
)

// afterByCounting is a slow Overrun.after, which walks over the activations one by
// one.
func afterByCounting(o Overrun, intended, now, period int64) (due, skipped, missed int64) {
	due = intended + period
	for t := due; t < now; t += period {
		missed++
	}
	switch {
	case missed == 0 || o == Stop:
	case o == Rebase:
		due = now + period
	default:
		for missed-skipped > int64(o) {
			due += period
			skipped++
		}
	}
	return due, skipped, missed
}

func TestOverrunAfter(t *testing.T) {
	const period = 1000
	for _, c := range []struct {
		name                 string
		policy               Overrun
		now                  int64
		due, skipped, missed int64
	}{
		{"in time", Skip, 5400, 6000, 0, 0},
		{"to the nanosecond", Skip, 6000, 6000, 0, 0},
		{"1 ns late", Skip, 6001, 7000, 1, 1},
		{"a whole period late", Skip, 7000, 7000, 1, 1},
		{"a whole period and 1 ns late", Skip, 7001, 8000, 2, 2},
		{"many late", Skip, 105_500, 106_000, 100, 100},
		{"catch up all", CatchUp(3), 8500, 6000, 0, 3},
		{"catch up the last", CatchUp(1), 8500, 8000, 2, 3},
		{"rebase", Rebase, 6001, 7001, 0, 1},
		{"stop", Stop, 6001, 6000, 0, 1},
		{"stop in time", Stop, 6000, 6000, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			due, skipped, missed := c.policy.after(5000, c.now, period)
			if due != c.due || skipped != c.skipped || missed != c.missed {
				t.Errorf("after(5000, %d) = %d, %d, %d; want %d, %d, %d", c.now, due, skipped, missed, c.due, c.skipped, c.missed)
			}
		})
	}
}

func TestOverrunAfterAgainstCounting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	policies := []Overrun{Skip, Rebase, Stop, CatchUp(1), CatchUp(2), CatchUp(7)}
	for range 100_000 {
		o := policies[r.IntN(len(policies))]
		intended, period := r.Int64N(1<<40), 1+r.Int64N(1000)
		now := intended + r.Int64N(50*period)
		if r.IntN(4) == 0 {
			now = intended + period*r.Int64N(20)
		}
		due, skipped, missed := o.after(intended, now, period)
		wantDue, wantSkipped, wantMissed := afterByCounting(o, intended, now, period)
		if due != wantDue || skipped != wantSkipped || missed != wantMissed {
			t.Fatalf("%v.after(%d, %d, %d) = %d, %d, %d; want %d, %d, %d", o, intended, now, period, due, skipped, missed, wantDue, wantSkipped, wantMissed)
		}
		if o != Rebase && (due-intended)%period != 0 {
			t.Fatalf("%v.after(%d, %d, %d) = %d loses the phase", o, intended, now, period, due)
		}
	}
}
