package core

import "testing"

func TestPromotion(t *testing.T) {
	l := newLane(t, Config{})
	tag := must(l.a.Tag("kept", Budget{}))
	pool, slab := must(NewPool(l, points, 2)), must(NewSlab[point](l, 2))
	scratch := must(l.Scratch("s", 100))
	f := must(l.Begin())
	scope := f.Push(tag)
	keep := func(x int64, how Retention[point]) Promoted[point] {
		r := must(points.New(f))
		k := must(points.Keep(f, r, how))
		*r.Ptr() = point{x, 2 * x, 3 * x} // the value at End counts
		return k
	}
	inPool := keep(1, Retention[point]{To: ToPool, Pool: pool})
	inSlab := keep(2, Retention[point]{To: ToPool, Pool: slab})
	inHeap := keep(3, Retention[point]{To: ToHeap})
	onScratch := keep(4, Retention[point]{To: ToScratch, Scratch: scratch})
	discarded := keep(5, Retention[point]{})
	m := f.Mark()
	rolledBack := keep(6, Retention[point]{To: ToHeap})
	must(0, f.Rewind(m))
	scope.End()
	_, err := inHeap.Take()
	wantErr(t, "Take in the frame", err, ErrInFrame)
	s := must(f.End())
	want := Promotions{ToPool: 2, ToHeap: 1, ToScratch: 1, Discarded: 1, Stale: 1}
	if s.Promoted != want {
		t.Errorf("%+v, want %+v", s.Promoted, want)
	}
	if n := l.Held(tag); n != 3*points.Size() {
		t.Errorf("%d bytes are held under the tag of the values", n)
	}
	must(must(l.Begin()).End())
	for x, k := range map[int64]Promoted[point]{1: inPool, 2: inSlab, 3: inHeap} {
		b := must(k.Take())
		if *b.Ptr() != (point{x, 2 * x, 3 * x}) {
			t.Errorf("value %d is %v", x, *b.Ptr())
		}
		_, err := k.Take()
		wantErr(t, "second Take", err, ErrStale)
		must(0, b.Close())
	}
	_, err = onScratch.Take()
	wantErr(t, "Take from a scratch", err, ErrRetention)
	r := must(onScratch.TakeRef())
	if *r.Ptr() != (point{4, 8, 12}) {
		t.Error("value 4 is lost")
	}
	must(0, scratch.Reset())
	if r.Ptr() != nil {
		t.Error("a promoted reference outlives Reset")
	}
	for _, k := range []Promoted[point]{discarded, rolledBack, {}} {
		_, err := k.Take()
		wantErr(t, "Take of nothing", err, ErrStale)
	}
	must(0, scratch.Close())
	if l.promises.Live() != 0 {
		t.Errorf("%d claims stay", l.promises.Live())
	}
}

// TestPromotionOfElements keeps elements of a slice and of a Vec.
func TestPromotionOfElements(t *testing.T) {
	l := newLane(t, Config{})
	f := must(l.Begin())
	many := must(points.Make(f, 3))
	list := must(NewVec(f, points, 3))
	many.Slice()[2].Y = 7
	must(0, list.Push(point{}))
	must(0, list.Push(point{Y: 8}))
	for _, r := range []Ref[point]{many.At(-1), many.At(3), list.At(-1), list.At(2), RefSlice[point]{}.At(0)} {
		_, err := r.Get()
		wantErr(t, "no such element", err, ErrStale)
		_, err = points.Keep(f, r, Retention[point]{To: ToHeap})
		wantErr(t, "Keep of no element", err, ErrStale)
	}
	claims := []Promoted[point]{
		must(points.Keep(f, many.At(2), Retention[point]{To: ToHeap})),
		must(points.Keep(f, list.At(1), Retention[point]{To: ToHeap})),
	}
	must(f.End())
	_, err := many.At(2).Get()
	wantErr(t, "an element after End", err, ErrStale)
	for i, k := range claims {
		b := must(k.Take())
		if b.Ptr().Y != int64(7+i) {
			t.Errorf("element %d is %v", i, *b.Ptr())
		}
		must(0, b.Close())
	}
}

// TestPromotionByImportance: where room is short the important values get it, and
// the others fail with the reason.
func TestPromotionByImportance(t *testing.T) {
	a := must(New(Config{NoLock: true, Promotions: 6}))
	tag := must(a.Tag("bounded", Budget{Hard: 4 * points.Size()}))
	l := must(a.Lane())
	pool := must(NewPool(l, points, 2))
	f := must(l.Begin())
	var claims []Promoted[point]
	for _, i := range []Importance{Low, Critical, Normal, High} {
		claims = append(claims, must(points.Keep(f, must(points.New(f)), Retention[point]{To: ToPool, Pool: pool, Importance: i})))
	}
	scope := f.Push(tag)
	claims = append(claims, must(points.Keep(f, must(points.New(f)), Retention[point]{To: ToHeap})))
	claims = append(claims, must(points.Keep(f, must(points.New(f)), Retention[point]{To: ToHeap})))
	must(points.New(f))
	full := must(points.New(f))
	_, err := points.Keep(f, full, Retention[point]{To: ToHeap})
	wantErr(t, "a claim too many", err, ErrExhausted)
	_, err = points.Keep(f, full, Retention[point]{To: ToPool})
	if err == nil {
		t.Error("ToPool without a pool")
	}
	scope.End()
	s := must(f.End())
	if s.Promoted.ToPool != 2 || s.Promoted.Failed != (Refusals{Exhausted: 2, Budget: 2}) {
		t.Errorf("%+v", s.Promoted)
	}
	for i, want := range []error{ErrExhausted, nil, ErrExhausted, nil, ErrBudget, ErrBudget} {
		b, err := claims[i].Take()
		wantErr(t, "claim", err, want)
		if err == nil {
			must(0, b.Close())
		}
	}
	must(0, a.Close())
}
