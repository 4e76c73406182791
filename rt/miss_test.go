package rt

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestMissBudgetRefused(t *testing.T) {
	call := func(*Tick) {}
	for _, b := range []MissBudget{
		{M: 1}, {K: 65}, {K: -1}, {M: -1, K: 3}, {M: 3, K: 3}, {OnMiss: call}, {M: 5, K: 4, OnMiss: call},
	} {
		_, s, p := setUpKernel(t, ProcessConfig{})
		_, err := newLoop(LoopConfig{Period: 1e6, Miss: b}, s, p)
		wantConfigError(t, err, "LoopConfig.Miss")
	}
	for _, b := range []MissBudget{{}, {K: 1}, {M: 63, K: 64, OnMiss: call}} {
		if err := b.validate(); err != nil {
			t.Errorf("%d of %d: %v", b.M, b.K, err)
		}
	}
}

// slowWindow is a slow missWindow: all periods in order, and every window that ends
// in the last n of them.
type slowWindow []bool

func (w slowWindow) broken(m, k, n int) bool {
	for end := len(w) - n + 1; end <= len(w); end++ {
		misses := 0
		for _, missed := range w[max(0, end-k):end] {
			if missed {
				misses++
			}
		}
		if misses > m {
			return true
		}
	}
	return false
}

func TestMissWindowAgainstCounting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		k := 1 + r.IntN(64)
		m := r.IntN(k)
		var w missWindow
		var slow slowWindow
		for range 200 {
			late := r.IntN(4) == 0
			skipped := int64(0)
			if late && r.IntN(2) == 0 {
				skipped = r.Int64N(80)
			}
			w.add(late, skipped)
			slow = append(slow, late)
			for range skipped {
				slow = append(slow, true)
			}
			if got, want := w.broken(m, k), slow.broken(m, k, int(1+skipped)); late && got != want {
				t.Fatalf("broken(%d, %d) = %v, counting says %v", m, k, got, want)
			}
		}
	}
}

// TestOnMiss: 2 misses in any 5 periods are allowed; the third one, and every
// further one while the window holds three, is told.
func TestOnMiss(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	var told []int64
	l := mustLoop(t, LoopConfig{Overrun: CatchUp(9), Miss: MissBudget{M: 2, K: 5, OnMiss: func(tick *Tick) {
		told = append(told, tick.Index)
	}}}, s, p)
	late := period + 1 // its own deadline, not the next one's
	_, err := script(t, k, l,
		0, late, 0, late, 0, // 2 in 5
		0, late, 0, late, 0, // still
		late, 0, 0, 0, 0, // 3 in 5: told at 10
		late, late, 0, late, late, // at 18 and 19
		0, 0, // not at 20, in whose window there are still three
	)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int64{10, 18, 19}; !slices.Equal(told, want) {
		t.Errorf("told of the ticks %v, want %v", told, want)
	}
	if got := l.Stats().Breaches; got != 3 {
		t.Errorf("Breaches %d, want 3", got)
	}
}

func TestSkippedPeriodsAreMisses(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{Name: "arm", Miss: MissBudget{M: 3, K: 10}}, s, p)
	ticks, err := script(t, k, l, 0, 3*period, 0, 0, period+1, 0)
	if !errors.Is(err, ErrMissBudget) || len(ticks) != 5 {
		t.Fatalf("%d ticks, error %v; want 5 and ErrMissBudget", len(ticks), err)
	}
	if want := "rt: arm: period 6 exceeded the budget of 3 misses in any 10 periods; shorten the step, lengthen the period, or give OnMiss to go on"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// TestRebaseMissesWhatWentBy: a step of 70 periods is an outage of 70, whatever
// becomes of the phase.
func TestRebaseMissesWhatWentBy(t *testing.T) {
	for _, c := range []struct {
		overrun Overrun
		budget  MissBudget
		broken  bool
	}{
		{Rebase, MissBudget{M: 2, K: 10}, true},
		{Rebase, MissBudget{M: 63, K: 64}, true},
		{Skip, MissBudget{M: 63, K: 64}, true},
	} {
		k, s, p := setUpKernel(t, ProcessConfig{})
		l := mustLoop(t, LoopConfig{Overrun: c.overrun, Miss: c.budget}, s, p)
		ticks, err := script(t, k, l, 0, 70*period, 0, 0)
		if got := errors.Is(err, ErrMissBudget); got != c.broken || got && len(ticks) != 2 || l.Stats().Breaches != 1 {
			t.Errorf("%v, %v: %d ticks, %d breaches, error %v", c.overrun, c.budget, len(ticks), l.Stats().Breaches, err)
		}
	}
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{Overrun: Rebase, Miss: MissBudget{M: 2, K: 10}}, s, p)
	if _, err := script(t, k, l, 0, 2*period, 0, 0, 0); err != nil { // the step's own and the one that went by
		t.Errorf("two misses: %v", err)
	}
}

// TestMissesOfTheRunAlone: a run begins without the misses of the one before.
func TestMissesOfTheRunAlone(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{Overrun: CatchUp(9), Miss: MissBudget{M: 2, K: 64}}, s, p)
	for run := range 3 {
		if _, err := script(t, k, l, 0, period+1, 0, period+1, 0); err != nil {
			t.Errorf("run %d: %v", run, err)
		}
	}
}

func TestWarmUpMayMiss(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{WarmUp: 2, Miss: MissBudget{K: 1}}, s, p)
	ticks, err := script(t, k, l, 2*period, 2*period, 0, 0, 2*period, 0)
	if !errors.Is(err, ErrMissBudget) || len(ticks) != 5 {
		t.Errorf("%d ticks, error %v; want 5 and ErrMissBudget", len(ticks), err)
	}
}
