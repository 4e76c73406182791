package ring

import (
	"errors"
	"math"
	"testing"
)

func TestStreamTwoSlices(t *testing.T) {
	s := must(CreateStream[int32](make([]byte, StreamSize[int32](8)), 8))
	w, r := must(s.Writer()), must(s.Reader())
	step := func(n, first, second int) {
		t.Helper()
		a, b := w.Reserve(n)
		if len(a) != first || len(b) != second {
			t.Fatalf("Reserve(%d): %d and %d elements, want %d and %d", n, len(a), len(b), first, second)
		}
		if err := w.Commit(len(a) + len(b)); err != nil {
			t.Fatal(err)
		}
		c, d := r.Peek(n)
		if len(c) != first || len(d) != second {
			t.Fatalf("Peek(%d): %d and %d elements, want %d and %d", n, len(c), len(d), first, second)
		}
		if err := r.Release(len(c) + len(d)); err != nil {
			t.Fatal(err)
		}
	}
	step(5, 5, 0)
	step(6, 3, 3) // wraps
	step(5, 5, 0) // ends exactly at the ring's end
	step(0, 0, 0)
	step(-1, 0, 0)
	step(100, 8, 0) // all there is
	step(1, 1, 0)
	step(100, 7, 1)
}

func TestStreamPartial(t *testing.T) {
	s := must(CreateStream[int32](make([]byte, StreamSize[int32](8)), 8))
	w, r := must(s.Writer()), must(s.Reader())
	a, _ := w.Reserve(6)
	for i := range a {
		a[i] = int32(i)
	}
	s.check(t, 0)
	if w.Commit(4) != nil {
		t.Fatal("commit of a part refused")
	}
	s.check(t, 4)
	for _, n := range []int{3, -1, math.MaxInt, math.MinInt} {
		if err := w.Commit(n); !errors.Is(err, ErrRange) {
			t.Errorf("Commit(%d) with 2 reserved: %v", n, err)
		}
	}
	s.check(t, 4)
	if w.Commit(2) != nil {
		t.Fatal("commit of the rest refused")
	}
	if w.Commit(1) == nil {
		t.Error("commit of what was never reserved")
	}
	b, _ := r.Peek(6)
	if len(b) != 6 || b[5] != 5 {
		t.Fatalf("peeked %v", b)
	}
	if r.Release(2) != nil || r.Release(5) == nil || r.Release(-1) == nil {
		t.Error("release of 2, 5 and -1 of 6 peeked: want only the first")
	}
	s.check(t, 4)
	if a, b := w.Reserve(8); len(a)+len(b) != 4 {
		t.Errorf("room for %d, want 4", len(a)+len(b))
	}
}
