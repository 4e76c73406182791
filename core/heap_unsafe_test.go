package core

import (
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"
)

func contains(err error, s string) bool { return err != nil && strings.Contains(err.Error(), s) }

func TestBoxes(t *testing.T) {
	l := newLane(t, Config{Boxes: 100})
	pool := must(NewPool(l, points, 100)) // more than one word of a bitmap
	openers := map[string]func() (Box[point], error){
		"pool": pool.New,
		"slab": must(NewSlab[point](l, 100)).New,
		"heap": func() (Box[point], error) { return points.Box(l.Heap()) },
	}
	for name, open := range openers {
		var boxes []Box[point]
		for {
			b, err := open()
			if err != nil {
				wantErr(t, name, err, ErrExhausted)
				break
			}
			if *b.Ptr() != (point{}) {
				t.Errorf("%s: not zeroed", name)
			}
			b.Ptr().X = int64(len(boxes))
			boxes = append(boxes, b)
		}
		// One block of the heap is the pool's own memory.
		if n := len(boxes); n != 100 && (name != "heap" || n != 99) {
			t.Errorf("%s: %d boxes", name, n)
		}
		for i, b := range boxes {
			if p := must(b.Get()); p.X != int64(i) {
				t.Errorf("%s: box %d holds %d", name, i, p.X)
			}
			must(0, b.Close())
			_, err := b.Get()
			wantErr(t, name+" after Close", err, ErrStale)
			wantErr(t, name+", second Close", b.Close(), ErrDoubleFree)
			wantErr(t, name+", second Close", b.Close(), ErrStale)
		}
		fresh := must(open())
		wantErr(t, name+", Close of the slot's last owner", boxes[len(boxes)-1].Close(), ErrDoubleFree)
		must(0, fresh.Close())
	}
	if l.books.held.used() != 0 || l.Stats().HeldPeak != uint64(100*points.Size()) {
		t.Errorf("held %d, at most %d", l.books.held.used(), l.Stats().HeldPeak)
	}
	var zero Box[point]
	wantErr(t, "zero Box", zero.Close(), ErrDoubleFree)
	wantErr(t, "zero Box", zero.Defer(), ErrDoubleFree)
	_, err := zero.Send()
	wantErr(t, "zero Box", err, ErrStale)
}

// TestGenerationWrapRetiresTheSlot puts a slot at its last generation, which
// would take a program centuries.
func TestGenerationWrapRetiresTheSlot(t *testing.T) {
	l := newLane(t, Config{})
	pool := must(NewPool(l, points, 2))
	tags := reflect.ValueOf(pool.slots).Elem().FieldByName("tag")
	tag := unsafe.Slice((*uint64)(tags.UnsafePointer()), tags.Len())
	b := must(pool.New())
	last := b.handle | ^pool.mask
	tag[b.handle&pool.mask] = last
	b.handle = last
	must(0, b.Close())
	if pool.Retired() != 1 {
		t.Error("the slot did not retire")
	}
	_, err := b.Get()
	wantErr(t, "box of a retired slot", err, ErrStale)
	other := must(pool.New())
	_, err = pool.New()
	wantErr(t, "a pool with one slot retired", err, ErrExhausted)
	must(0, other.Close())
}

// TestSlabsKeepPointersAlive: what only a slab refers to survives collections.
func TestSlabsKeepPointersAlive(t *testing.T) {
	type node struct {
		name *string
		next []int
	}
	l := newLane(t, Config{})
	if _, err := TypeOf[node](); !errors.Is(err, ErrPointerType) {
		t.Error(err)
	}
	slab := must(NewSlab[node](l, 64))
	var boxes []Box[node]
	for i := range 64 {
		b := must(slab.New())
		s := strings.Repeat("x", i+1)
		*b.Ptr() = node{&s, make([]int, i+1)}
		boxes = append(boxes, b)
	}
	var garbage [][]byte
	for range 5 {
		runtime.GC()
		garbage = append(garbage, make([]byte, 1<<16))
	}
	runtime.KeepAlive(garbage)
	for i, b := range boxes {
		if n := b.Ptr(); len(*n.name) != i+1 || len(n.next) != i+1 {
			t.Fatalf("node %d was collected", i)
		}
		p := b.Ptr()
		must(0, b.Close())
		if p.name != nil {
			t.Fatal("a closed slot keeps its pointers alive")
		}
	}
}

func TestGroupsAndScratch(t *testing.T) {
	l := newLane(t, Config{})
	tag := must(l.a.Tag("level", Budget{}))
	g := must(l.Group(tag))
	before := l.Heap().Stats().Used
	var refs []RefSlice[point]
	for i := range 200 {
		refs = append(refs, must(points.MakeIn(g, i)))
	}
	b := must(g.Make(100))
	if g.Count() != 201 || g.Bytes() != 199*100*points.Size()+100 || l.Held(tag) != g.Bytes() || len(b.Slice()) != 100 {
		t.Errorf("%d blocks, %d bytes, %d held", g.Count(), g.Bytes(), l.Held(tag))
	}
	must(0, g.FreeAll())
	for _, r := range refs {
		if r.Slice() != nil {
			t.Fatal("a reference outlives FreeAll")
		}
	}
	if g.Count() != 0 || g.Bytes() != 0 || l.Held(tag) != 0 || l.Heap().Stats().Used != before {
		t.Errorf("after FreeAll: %d blocks, %d bytes, %d held", g.Count(), g.Bytes(), l.Held(tag))
	}

	s := must(l.Scratch("history", 1000))
	r := must(raw.MakeOn(s, 900))
	_, err := raw.MakeOn(s, 200)
	wantErr(t, "full scratch", err, ErrExhausted)
	for range 3 {
		f := must(l.Begin())
		must(f.End())
	}
	if r.Slice() == nil || s.Used() != 900 || s.Cap() != 1000 || s.Name() != "history" {
		t.Error("scratch memory does not outlive frames")
	}
	must(0, s.Reset())
	if r.Slice() != nil || s.Used() != 0 {
		t.Error("a reference outlives Reset")
	}
	must(raw.MakeOn(s, 1000))
	must(0, s.Close())
	_, err = raw.MakeOn(s, 1)
	wantErr(t, "closed scratch", err, ErrClosed)
	wantErr(t, "second Close", s.Close(), ErrClosed)
}

func TestRawBlocks(t *testing.T) {
	l := newLane(t, Config{})
	var h RawAllocator = l.Heap()
	b := must(h.Allocate(100, 256))
	if uintptr(b.Pointer)%256 != 0 || len(b.Bytes()) != 100 {
		t.Error("block is not what was asked for")
	}
	must(0, h.Release(b))
	wantErr(t, "second Release", h.Release(b), ErrDoubleFree)
	_, err := h.Allocate(-1, 1)
	wantErr(t, "negative size", err, ErrSize)
	_, err = h.Allocate(1, 3)
	wantErr(t, "odd alignment", err, ErrAlign)
}

func TestLeaksAreNamed(t *testing.T) {
	a := must(New(Config{Lanes: 2, NoLock: true}))
	tag := must(a.Tag("textures", Budget{}))
	l, other := must(a.Lane()), must(a.Lane())
	pool := must(NewPool(l, points, 3))
	must(0, l.Do(func(f *Frame) error {
		defer f.Push(tag).End()
		must(points.Box(l.Heap()))
		must(points.Box(l.Heap()))
		must(pool.New())
		return nil
	}))
	sent := must(must(points.Box(other.Heap())).Send())
	_ = sent
	must(0, must(points.Box(other.Heap())).Defer()) // carried out by Close
	var e *LeakError
	if err := a.Close(); !errors.As(err, &e) {
		t.Fatal(err)
	}
	want := []Leak{{0, "textures", 3, 3 * points.Size()}, {1, "(none)", 1, points.Size()}}
	if !reflect.DeepEqual(e.Leaks, want) || e.Transfers != 1 {
		t.Errorf("%+v", e)
	}
	if !contains(e, `3 of tag "textures" (72 bytes) in lane 0`) || !contains(e, "1 transfers never accepted") {
		t.Error(e)
	}
}
