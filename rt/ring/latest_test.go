package ring

import "testing"

func TestLatest(t *testing.T) {
	l := must(CreateLatest[uint64](make([]byte, LatestSize[uint64]())))
	w, r := must(l.Writer()), must(l.Reader())
	if v, fresh := r.Load(); v != 0 || fresh || r.Sequence() != 0 {
		t.Errorf("before the first publication: %d, %v, sequence %d", v, fresh, r.Sequence())
	}
	newest := uint64(0)
	for reads := range 20 {
		for range reads % 4 {
			newest++
			w.Store(newest)
			l.check(t)
		}
		v, fresh := r.Load()
		l.check(t)
		if v != newest || fresh != (reads%4 > 0) || r.Sequence() != newest {
			t.Fatalf("after %d publications: %d, %v, sequence %d", newest, v, fresh, r.Sequence())
		}
		if v, fresh := r.Load(); v != newest || fresh {
			t.Fatalf("second load: %d, %v", v, fresh)
		}
	}
}

func TestLatestInPlace(t *testing.T) {
	type frame struct{ pixel [100]int }
	w, r := newLatest[frame]()
	w.Stage().pixel[7] = 1
	if v, fresh := r.View(); fresh || v.pixel[7] != 0 {
		t.Error("staged value is visible")
	}
	w.Publish()
	seen, _ := r.View()
	for i := 2; i < 10; i++ {
		w.Stage().pixel[7] = i
		w.Publish()
		if seen.pixel[7] != 1 {
			t.Fatal("a value changed in its reader's hands")
		}
	}
	if v, fresh := r.View(); !fresh || v.pixel[7] != 9 {
		t.Errorf("newest is %d, %v", v.pixel[7], fresh)
	}
}

// TestLatestCounterWraps: the publication count stays within its bits.
func TestLatestCounterWraps(t *testing.T) {
	l := must(CreateLatest[uint64](make([]byte, LatestSize[uint64]())))
	*l.state() = latestCount - latestOne
	w, r := must(l.Writer()), must(l.Reader())
	for i, want := range []uint64{latestCount / latestOne, 0, 1} {
		w.Store(uint64(i))
		l.check(t)
		if v, fresh := r.Load(); v != uint64(i) || !fresh || r.Sequence() != want {
			t.Errorf("%d, %v, sequence %d, want %d", v, fresh, r.Sequence(), want)
		}
	}
}
