package core

import "testing"

// TestRewindTakesLaterMarksAlong: references to memory behind a mark inside the rewound
// part are stale, as is that mark, and stay so when others take its place.
func TestRewindTakesLaterMarksAlong(t *testing.T) {
	l := newLane(t, Config{Marks: 3})
	f := must(l.Begin())
	outer := f.Mark()
	inOuter := must(points.New(f))
	inner := f.Mark()
	inInner := must(points.New(f))
	must(0, f.Rewind(outer))
	if inOuter.Ptr() != nil || inInner.Ptr() != nil {
		t.Error("a reference to memory behind the mark resolves after Rewind")
	}
	wantErr(t, "a mark inside the rewound part", f.Rewind(inner), ErrStale)
	f.Mark()
	f.Mark()
	must(points.New(f))
	if inOuter.Ptr() != nil || inInner.Ptr() != nil {
		t.Error("a reference into the rewound part resolves behind later marks")
	}
	wantErr(t, "a mark that was used", f.Rewind(outer), ErrStale)
	wantErr(t, "a mark inside the rewound part, with one in its place", f.Rewind(inner), ErrStale)
	must(f.End())
}

// TestRewindFindsTheBudgetAgain: a Rewind that ends the scope of a tag without a budget
// holds the frame to the budget of the tag that is in force again.
func TestRewindFindsTheBudgetAgain(t *testing.T) {
	a := must(New(Config{NoLock: true}))
	narrow, wide := must(a.Tag("narrow", Budget{Hard: 1000})), must(a.Tag("wide", Budget{}))
	l := must(a.Lane())
	f := must(l.Begin())
	scope := f.Push(narrow)
	m := f.Mark()
	f.Push(wide)
	must(raw.Make(f, 5000))
	must(0, f.Rewind(m))
	if f.Tag() != narrow {
		t.Fatalf("tag %d is in force", f.Tag())
	}
	_, err := raw.Make(f, 2000)
	wantErr(t, "beyond the tag's budget", err, ErrBudget)
	must(raw.Make(f, 1000))
	scope.End()
	must(f.End())
	must(0, a.Close())
}

// TestRolledBackCountsOnce: bytes that a budget had promoted to the heap before the
// mark are not among those that a Rewind took back, and End returns them.
func TestRolledBackCountsOnce(t *testing.T) {
	l := newLane(t, Config{LaneBudget: Budget{Hard: 1000, Policy: Promote}})
	before := l.heap.tlsf.Stats().Used
	f := must(l.Begin())
	must(raw.Make(f, 900))
	must(raw.Make(f, 3000))
	if f.extra != 3000 {
		t.Fatalf("%d bytes were promoted, want 3000", f.extra)
	}
	m := f.Mark()
	must(raw.Make(f, 500))
	must(0, f.Rewind(m))
	if s := must(f.End()); s.RolledBack != 500 || s.Bytes != 3900 || s.Peak != 4400 {
		t.Errorf("%+v", s)
	}
	if after := l.heap.tlsf.Stats().Used; after != before {
		t.Errorf("the heap has %d bytes in use after End, %d before the frame", after, before)
	}
}
