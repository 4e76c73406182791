package gpu

import (
	"errors"
	"testing"
	"time"
)

func TestAccount(t *testing.T) {
	var warned []uint64
	a := account{budget: Budget{Soft: 100, Hard: 200, OnSoft: func(n uint64) { warned = append(warned, n) }}}
	add := func(n uint64, want error) {
		t.Helper()
		if err := a.add(n, "test"); !errors.Is(err, want) {
			t.Errorf("%d more: %v, want %v", n, err, want)
		}
	}
	add(100, nil)
	add(50, nil)
	add(30, nil)
	add(21, ErrBudget)
	add(1<<63, ErrBudget)
	a.remove(100)
	add(90, nil)
	add(30, nil)
	if a.used != 200 || a.peak != 200 {
		t.Errorf("used %d, peak %d, want 200 and 200", a.used, a.peak)
	}
	// Once on the way up, and once more after use had fallen below.
	if len(warned) != 2 || warned[0] != 150 || warned[1] != 170 {
		t.Errorf("OnSoft called with %v, want [150 170]", warned)
	}
}

// heapsOf counts how often a driver is asked.
type heapsOf struct {
	Backend
	asked int
}

func (h *heapsOf) Heaps() ([]HeapUse, error) {
	h.asked++
	return []HeapUse{{Size: 1000, Budget: 500, Used: uint64(h.asked)}}, nil
}

// TestSampler: the driver is asked at most ten times a second.
func TestSampler(t *testing.T) {
	now := time.Unix(0, 0)
	s := sampler{now: func() time.Time { return now }}
	b := &heapsOf{}
	for range 1000 {
		if _, err := s.heaps(b); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Millisecond)
	}
	if b.asked != 10 {
		t.Errorf("asked %d times in a second, want 10", b.asked)
	}
}

func TestAdapt(t *testing.T) {
	const lifetime = 100 * time.Millisecond
	polls := uint32(firstPolls)
	perPoll := 700 * time.Nanosecond
	for i := range 10 {
		took := time.Duration(polls) * perPoll
		next := adapt(polls, took, lifetime)
		if float64(next) > 4*float64(polls) {
			t.Errorf("step %d: from %d polls to %d, more than four times", i, polls, next)
		}
		polls = next
	}
	if took := time.Duration(polls) * perPoll; took < lifetime/2 || took > 2*lifetime {
		t.Errorf("after ten launches one takes %v, want about %v", took, lifetime)
	}
	if adapt(mostPolls, 1, lifetime) != mostPolls || adapt(1024, time.Hour, lifetime) != 1024 {
		t.Error("the limits do not hold")
	}
}
