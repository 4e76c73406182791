package core

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

func TestTwoAllocatorsShareNothing(t *testing.T) {
	small, large := newLane(t, Config{FrameSize: 1000}), newLane(t, Config{FrameSize: 5000})
	for _, l := range []*Lane{small, large} {
		f := must(l.Begin())
		if f.Cap() != l.a.config.FrameSize {
			t.Errorf("frame of %d bytes has %d", l.a.config.FrameSize, f.Cap())
		}
		b := must(raw.Make(f, f.Cap())).Slice()
		for i := range b {
			b[i] = byte(l.a.config.FrameSize)
		}
		_, err := raw.Make(f, 1)
		wantErr(t, "one byte more", err, ErrExhausted)
		var e *Error
		if !errors.As(err, &e) || e.Op != "frame" || e.Size != 1 {
			t.Errorf("one byte more: %+v", err)
		}
	}
	for _, l := range []*Lane{small, large} {
		r := unsafe.Slice((*byte)(l.frame.base), l.frame.end)
		if i := slices.IndexFunc(r, func(b byte) bool { return b != byte(l.a.config.FrameSize) }); i >= 0 {
			t.Errorf("frame of %d bytes: byte %d belongs to another", l.a.config.FrameSize, i)
		}
		must(l.frame.End())
	}
}

func TestAlignment(t *testing.T) {
	t.Run("fast path", func(t *testing.T) { testAlignment(t, Budget{}) })
	t.Run("slow path", func(t *testing.T) { testAlignment(t, Budget{Hard: 1, Policy: Allow}) })
}

func testAlignment(t *testing.T, b Budget) {
	l := newLane(t, Config{HeapSize: 1 << 20, LaneBudget: b})
	g := must(l.Group(0))
	s := must(l.Scratch("s", 32<<10))
	for _, align := range []int{1, 16, 64, 4096} {
		bytes := must(raw.Align(align))
		f := must(l.Begin())
		for range 3 {
			for name, r := range map[string]RefSlice[byte]{
				"frame": must(bytes.Make(f, 3)), "group": must(bytes.MakeIn(g, 3)), "scratch": must(bytes.MakeOn(s, 3)),
			} {
				if p := uintptr(unsafe.Pointer(r.p)); p%uintptr(align) != 0 {
					t.Errorf("%s: %#x is no multiple of %d", name, p, align)
				}
			}
			b := must(bytes.Box(l.Heap()))
			if p := uintptr(unsafe.Pointer(b.Ptr())); p%uintptr(align) != 0 {
				t.Errorf("box: %#x is no multiple of %d", p, align)
			}
			must(0, b.Close())
		}
		must(f.End())
	}
	for _, align := range []int{-1, 0, 3, 8192} {
		_, err := raw.Align(align)
		wantErr(t, fmt.Sprint("align ", align), err, ErrAlign)
	}
	must(0, g.FreeAll())
	must(0, s.Close())
	f := must(l.Begin())
	must(raw.Make(f, 1))
	if r := must(must(points.Align(1)).New(f)); uintptr(unsafe.Pointer(r.p))%unsafe.Alignof(*r.p) != 0 {
		t.Errorf("%p: Align lowered the alignment of the type", r.p)
	}
	must(f.End())
}

func TestReferencesGoStale(t *testing.T) {
	l := newLane(t, Config{})
	f := must(l.Begin())
	one, many := must(points.New(f)), must(points.Make(f, 3))
	one.Ptr().X = 7
	if p := must(one.Get()); p.X != 7 || len(must(many.Get())) != 3 {
		t.Error("live references do not resolve")
	}
	must(f.End())
	check := func(when string) {
		_, err := one.Get()
		wantErr(t, when, err, ErrStale)
		_, err = many.Get()
		wantErr(t, when, err, ErrStale)
		if one.Ptr() != nil || many.Slice() != nil {
			t.Error(when, ": a stale reference resolves")
		}
	}
	check("after End")
	f = must(l.Begin())
	again := must(points.New(f))
	if again.Ptr().X != 0 {
		t.Error("New is not zeroed")
	}
	check("in the next frame, at the same address")
	must(f.End())
	var zero Ref[point]
	_, err := zero.Get()
	wantErr(t, "zero Ref", err, ErrStale)
}

func TestFrameMisuse(t *testing.T) {
	l := newLane(t, Config{})
	f := must(l.Begin())
	_, err := l.Begin()
	wantErr(t, "Begin in a frame", err, ErrInFrame)
	_, err = (Type[point]{}).New(f)
	wantErr(t, "zero token, New", err, ErrToken)
	_, err = (Type[struct{}]{}).Make(f, 0)
	wantErr(t, "zero token, Make of nothing", err, ErrToken)
	_, err = (Type[point]{}).Box(l.Heap())
	wantErr(t, "zero token, Box", err, ErrToken)
	_, err = NewPool(l, Type[point]{}, 4)
	wantErr(t, "zero token, NewPool", err, ErrToken)
	_, err = points.Make(f, -1)
	wantErr(t, "negative length", err, ErrSize)
	_, err = points.Make(f, 1<<62)
	wantErr(t, "overflowing length", err, ErrSize)
	wantErr(t, "Close in a frame", l.Close(), ErrInFrame)
	wantErr(t, "allocator's Close in a frame", l.a.Close(), ErrInFrame)
	s := must(f.End())
	if s.Refused.Invalid != 2 {
		t.Errorf("%d invalid requests counted, want 2", s.Refused.Invalid)
	}
	_, err = f.End()
	wantErr(t, "second End", err, ErrNotInFrame)
	_, err = points.New(f)
	wantErr(t, "New after End", err, ErrNotInFrame)
	_, err = points.New(new(Frame))
	wantErr(t, "New in a zero Frame", err, ErrNotInFrame)
	wantErr(t, "Try after End", f.Try(func() error { return nil }), ErrNotInFrame)
	f.Push(1).End()
	f.Phase(1).End()
}

func TestPointerTypes(t *testing.T) {
	type inner struct{ Names []string }
	type outer struct {
		ID   int
		Body inner
	}
	_, err := TypeOf[outer]()
	wantErr(t, "TypeOf", err, ErrPointerType)
	if err == nil || !errors.Is(err, ErrPointerType) || !contains(err, ".Body.Names") {
		t.Errorf("%v does not name the field", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("MustType accepts a pointer")
		}
	}()
	MustType[*int]()
}

func TestMarksAndTry(t *testing.T) {
	l := newLane(t, Config{Marks: 3, LaneBudget: Budget{Hard: 2000, Policy: Promote}})
	tag := must(l.a.Tag("t", Budget{}))
	f := must(l.Begin())
	before := must(points.New(f))
	outer := f.Mark()
	scope := f.Push(tag)
	middle := must(points.New(f))
	inner := f.Mark()
	last := must(points.Make(f, 100)) // beyond the budget: from the heap
	if f.extra == 0 {
		t.Error("nothing was promoted to the heap")
	}
	must(0, f.Rewind(inner))
	if last.Slice() != nil || middle.Ptr() == nil || f.extra != 0 || f.overflow.head != inner.overflow {
		t.Error("Rewind(inner) took back the wrong things")
	}
	wantErr(t, "a mark used twice", f.Rewind(inner), ErrStale)
	must(0, f.Rewind(outer))
	if middle.Ptr() != nil || before.Ptr() == nil {
		t.Error("Rewind(outer) took back the wrong things")
	}
	scope.End() // opened inside the rewound part
	if f.Tag() != 0 || f.TagBytes(tag) != 0 || f.Used() != points.Size() {
		t.Errorf("tag %d, its bytes %d, used %d", f.Tag(), f.TagBytes(tag), f.Used())
	}

	failure := errors.New("failure")
	var dropped Ref[point]
	wantErr(t, "Try", f.Try(func() error { dropped = must(points.New(f)); return failure }), failure)
	func() {
		defer func() { recover() }()
		f.Try(func() error { dropped = must(points.New(f)); panic("dropped") })
	}()
	if dropped.Ptr() != nil || f.Used() != points.Size() {
		t.Error("a dropped Try was not rolled back")
	}
	var kept Ref[point]
	must(0, f.Try(func() error { kept = must(points.New(f)); return nil }))
	for range 100 { // does not use up marks
		must(0, f.Try(func() error { return nil }))
	}
	if kept.Ptr() == nil {
		t.Error("what a successful Try allocated is stale")
	}
	old := f.Mark()
	f.Mark()
	wantErr(t, "a mark too many", f.Rewind(f.Mark()), ErrMarks)
	wantErr(t, "a Try too many", f.Try(func() error { return nil }), ErrMarks)
	s := must(f.End())
	checkSums(t, f, s)
	if before.Ptr() != nil || kept.Ptr() != nil {
		t.Error("what was allocated before a mark resolves after End")
	}
	if s.Bytes != 2*points.Size() || s.RolledBack == 0 || s.Peak <= s.Bytes {
		t.Errorf("%+v", s)
	}
	f = must(l.Begin())
	wantErr(t, "a mark of an earlier frame", f.Rewind(old), ErrStale)
	for range 3 {
		f.Mark()
	}
	wantErr(t, "a mark of an earlier frame, with one in its place", f.Rewind(old), ErrStale)
	must(f.End())
}

func TestAttribution(t *testing.T) {
	l := newLane(t, Config{})
	tag, other := must(l.a.Tag("physics", Budget{})), must(l.a.Tag("render", Budget{}))
	phase := must(l.a.Phase("update"))
	if same := must(l.a.Tag("physics", Budget{})); same != tag || l.a.TagName(tag) != "physics" || l.a.PhaseName(phase) != "update" {
		t.Error("names are not interned")
	}
	for range 2 { // counts of one frame do not reach the next
		f := must(l.Begin())
		must(raw.Make(f, 10))
		outer := f.Push(tag)
		must(raw.Make(f, 100))
		update := f.Phase(phase)
		inner := f.Push(other)
		must(raw.Make(f, 1000))
		inner.End()
		must(0, f.With(Physics, func() error { _, err := raw.Make(f, 5); return err }))
		update.End()
		update.End() // nothing to do
		outer.End()
		f.Phase(phase).End()
		must(points.New(f)) // padded
		s := must(f.End())
		checkSums(t, f, s)
		want := []PhaseStat{
			{0, "(none)", s.Bytes - 1005, 3, 0},
			{phase, "update", 1005, 2, 2},
		}
		if got := slices.Collect(f.Phases()); !slices.Equal(got, want) {
			t.Errorf("phases %+v, want %+v", got, want)
		}
		byTag := slices.Collect(f.Tags())
		if byTag[1].Bytes != 105 || byTag[2].Bytes != 1000 {
			t.Errorf("tags %+v", byTag)
		}
		if got := slices.Collect(f.Intents()); len(got) != 2 || got[1] != (IntentStat{Physics, 5, 1}) {
			t.Errorf("intents %+v", got)
		}
	}
}

func TestNamesRunOut(t *testing.T) {
	l := newLane(t, Config{Tags: 100, Phases: 2})
	for i := range 99 {
		if id := must(l.a.Tag(fmt.Sprint(i), Budget{})); int(id) != i+1 {
			t.Fatalf("tag %d has number %d", i, id)
		}
	}
	if _, err := l.a.Tag("one more", Budget{}); !contains(err, "Config.Tags") {
		t.Error(err)
	}
	must(l.a.Phase("only"))
	if _, err := l.a.Phase("one more"); !contains(err, "Config.Phases") {
		t.Error(err)
	}
	f := must(l.Begin())
	s := f.Push(Tag(50000)) // counts as untagged
	must(raw.Make(f, 3))
	s.End()
	checkSums(t, f, must(f.End()))
}

func TestConfigIsChecked(t *testing.T) {
	for field, c := range map[string]Config{
		"Lanes":         {Lanes: -1},
		"FrameSize":     {FrameSize: -5},
		"HeapSize":      {HeapSize: 1},
		"Tags":          {Tags: 1 << 20},
		"Transfers":     {Transfers: 1 << 20},
		"LaneBudget":    {LaneBudget: Budget{Soft: 2, Hard: 1}},
		"Budget":        {Budget: Budget{Hard: -1}},
		"Policy Custom": {Budget: Budget{Policy: Custom}},
		"Policy 9":      {Budget: Budget{Policy: 9}},
		"Deferred.Mode": {Deferred: Deferred{Mode: 9}},
		"Deferred.Full": {Deferred: Deferred{Full: 9}},
		"Deferred.Step": {Deferred: Deferred{Step: -1}},
	} {
		if _, err := New(c); !contains(err, field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestLanes(t *testing.T) {
	a := must(New(Config{Lanes: 2, NoLock: true}))
	first, second := must(a.Lane()), must(a.Lane())
	_, err := a.Lane()
	wantErr(t, "a lane too many", err, ErrExhausted)
	b := must(points.Box(first.Heap()))
	must(0, first.Close())
	_, err = first.Begin()
	wantErr(t, "Begin on a closed lane", err, ErrClosed)
	wantErr(t, "second Close", first.Close(), ErrClosed)
	if again := must(a.Lane()); again != first || b.Ptr() == nil {
		t.Error("the lane given back is not the one taken, or lost its box")
	}
	must(0, b.Close())
	must(0, second.Do(func(f *Frame) error { _, err := points.New(f); return err }))
	must(0, a.Close())
	wantErr(t, "allocator closed twice", a.Close(), ErrClosed)
	_, err = a.Lane()
	wantErr(t, "Lane of a closed allocator", err, ErrClosed)
	_, err = second.Begin()
	wantErr(t, "Begin in a closed allocator", err, ErrClosed)
}

func TestContainers(t *testing.T) {
	l := newLane(t, Config{})
	f := must(l.Begin())
	v := must(NewVec(f, points, 2))
	must(0, v.Push(point{X: 1}))
	must(0, v.Push(point{X: 2}))
	wantErr(t, "Push to a full Vec", v.Push(point{}), ErrFull)
	if x, ok := v.Pop(); !ok || x.X != 2 || v.Len() != 1 || v.Cap() != 2 || v.Slice()[0].X != 1 {
		t.Error("Vec loses elements")
	}
	text := must(NewText(f, 12))
	text.WriteString("n=")
	must(0, text.WriteInt(-42))
	must(0, text.WriteByte(';'))
	fmt.Fprintf(&text, "%d", 7)
	_, err := text.WriteString("too long")
	wantErr(t, "WriteString", err, ErrFull)
	if s := must(text.View()); s != "n=-42;7" || text.String() != s || text.Len() != 7 {
		t.Errorf("text %q", s)
	}
	must(f.End())
	wantErr(t, "Push after End", v.Push(point{}), ErrStale)
	if _, ok := v.Pop(); ok || v.Slice() != nil {
		t.Error("a Vec outlives its frame")
	}
	_, err = text.View()
	wantErr(t, "View after End", err, ErrStale)
	_, err = text.Write(nil)
	wantErr(t, "Write after End", err, ErrStale)
}

func TestNothingAllocates(t *testing.T) {
	l := newLane(t, Config{LaneBudget: Budget{Soft: 1 << 10, Hard: 1 << 18}})
	tag, phase := must(l.a.Tag("t", Budget{})), must(l.a.Phase("p"))
	pool := must(NewPool(l, points, 8))
	slab := must(NewSlab[*int](l, 8))
	scratch := must(l.Scratch("s", 4096))
	defer scratch.Close()
	integers := MustType[int]()
	frame := func() {
		f, _ := l.Begin()
		ts, ps := f.Push(tag), f.Phase(phase)
		r, _ := points.New(f)
		points.Make(f, 10)
		points.Make(f, 1<<20) // refused
		m := f.Mark()
		v, _ := NewVec(f, integers, 4)
		v.Push(1)
		table, _ := NewMap(f, integers, points, 10)
		table.Put(3, point{})
		table.Get(3)
		text, _ := NewText(f, 10)
		text.WriteInt(5)
		f.Rewind(m)
		claim, _ := points.Keep(f, r, Retention[point]{To: ToHeap})
		b, _ := pool.New()
		c, _ := slab.New()
		d, _ := points.Box(l.Heap())
		out, _ := d.Send()
		back, _ := out.Accept(l)
		points.MakeOn(scratch, 1)
		scratch.Reset()
		ps.End()
		ts.End()
		f.End()
		kept, _ := claim.Take()
		kept.Close()
		b.Close()
		c.Close()
		back.Defer()
	}
	if debug.Enabled {
		t.Skip("looking up the goroutine may allocate in debug builds")
	}
	if n := testing.AllocsPerRun(100, frame); n != 0 {
		t.Errorf("a frame of everything allocates %v times", n)
	}
}
