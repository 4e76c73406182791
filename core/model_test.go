package core

import (
	"errors"
	"maps"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// model compares a whole allocator of two lanes with plain Go values: the live
// blocks and their content, the stale references, and the figures of each account.
type model struct {
	t     *rapid.T
	a     *Allocator
	lanes [2]*laneModel
	next  int64
}

type laneModel struct {
	l     *Lane
	pool  *Pool[point]
	group *Group
	boxes []liveBox
	refs  []liveRef // of the open frame
	dead  []Box[point]
	marks []markModel
	used  int
	held  map[Tag]int
	inGrp int
	grp   Tag // 1, or 2 which has a budget
}

type liveBox struct {
	box    Box[point]
	want   int64
	tag    Tag
	origin int
}

type liveRef struct {
	ref  RefSlice[point]
	want int64
}

type markModel struct {
	mark Mark
	refs int
	used int
}

const (
	frameSize = 1200
	tagLimit  = 20 * 24
	laneLimit = 1300
	allLimit  = 1800
)

func newModel(t *rapid.T) *model {
	a, err := New(Config{Lanes: 2, FrameSize: frameSize, HeapSize: 32 << 10, Boxes: 40, Marks: 4, NoLock: true,
		Tags: 3, Phases: 2, Deferred: Deferred{Capacity: 8}, Transfers: 4, LaneBudget: Budget{Hard: laneLimit}, Budget: Budget{Hard: allLimit}})
	if err != nil {
		t.Fatal(err)
	}
	must(a.Tag("free", Budget{}))
	must(a.Tag("bounded", Budget{Hard: tagLimit}))
	m := &model{t: t, a: a}
	for i := range m.lanes {
		l := must(a.Lane())
		m.lanes[i] = &laneModel{l: l, pool: must(NewPool(l, points, 10)), grp: Tag(1 + i), group: must(l.Group(Tag(1 + i))), held: map[Tag]int{}}
	}
	return m
}

func (m *model) lane() *laneModel { return m.lanes[rapid.IntRange(0, 1).Draw(m.t, "lane")] }

func (m *model) begin() {
	x := m.lane()
	_, err := x.l.Begin()
	if want := x.l.frame.active; (err != nil) != (want && err == ErrInFrame) && err != nil {
		m.t.Fatalf("Begin: %v", err)
	}
}

func (m *model) end() {
	x := m.lane()
	if !x.l.frame.active {
		return
	}
	s, err := x.l.frame.End()
	if err != nil || s.Bytes != x.used {
		m.t.Fatalf("End: %v, %d bytes, want %d", err, s.Bytes, x.used)
	}
	tags := 0
	for v := range x.l.frame.Tags() {
		tags += v.Bytes
	}
	if tags != s.Bytes {
		m.t.Fatalf("tags sum to %d of %d", tags, s.Bytes)
	}
	for _, r := range x.refs {
		if r.ref.Slice() != nil {
			m.t.Fatal("a reference outlives its frame")
		}
	}
	x.refs, x.marks, x.used = nil, nil, 0
}

func (m *model) alloc() {
	x := m.lane()
	f := &x.l.frame
	n := rapid.IntRange(0, 20).Draw(m.t, "n")
	tag := f.Tag()
	r, err := points.Make(f, n)
	bytes := n * points.Size()
	fits := f.active && x.used+bytes <= frameSize && x.used+x.heldTotal()+bytes <= laneLimit
	if f.active && tag == 2 {
		fits = fits && f.TagBytes(2)+x.held[2]+bytes <= tagLimit+bytesIf(err == nil, bytes)
	}
	if (err == nil) != fits && !m.shared(err, bytes) {
		m.t.Fatalf("Make of %d: %v; used %d, held %v", bytes, err, x.used, x.held)
	}
	if err != nil {
		return
	}
	m.next++
	for i := range r.Slice() {
		if r.Slice()[i] != (point{}) {
			m.t.Fatal("not zeroed")
		}
		r.Slice()[i].X = m.next
	}
	x.used += bytes
	x.refs = append(x.refs, liveRef{r, m.next})
}

// shared tells a refusal by the budget of both lanes, which may come 4% too early.
func (m *model) shared(err error, bytes int) bool {
	e := &BudgetError{}
	if !errors.As(err, &e) || e.Account != AllocatorAccount {
		return false
	}
	if total := m.total(); total+bytes <= allLimit*96/100 {
		m.t.Fatalf("%v, with %d bytes used by both lanes", err, total)
	}
	return true
}

func (m *model) total() int {
	return m.lanes[0].used + m.lanes[0].heldTotal() + m.lanes[1].used + m.lanes[1].heldTotal()
}

// refused checks that a budget refused a box of n bytes with reason.
func (m *model) refused(x *laneModel, err error, n int, t Tag) {
	if !errors.Is(err, ErrBudget) || m.shared(err, n) {
		return
	}
	lane, tag := x.used+x.heldTotal()+n, x.held[t]+n
	if x.l.frame.active {
		tag += x.l.frame.TagBytes(t)
	}
	if lane <= laneLimit && (t != 2 || tag <= tagLimit) {
		m.t.Fatalf("%v, with %d bytes in the lane, %d under tag %d", err, lane, tag, t)
	}
}

// bytesIf allows for the bytes that a granted request already counts.
func bytesIf(granted bool, n int) int {
	if granted {
		return n
	}
	return 0
}

func (x *laneModel) heldTotal() int {
	n := 0
	for _, b := range x.held {
		n += b
	}
	return n
}

func (m *model) tag() {
	x := m.lane()
	if x.l.frame.active && len(x.marks) == 0 && x.l.frame.tags.depth < 100 {
		x.l.frame.Push(Tag(rapid.IntRange(0, 2).Draw(m.t, "tag")))
	}
}

func (m *model) mark() {
	x := m.lane()
	if !x.l.frame.active {
		return
	}
	k := x.l.frame.Mark()
	if len(x.marks) < 4 != (k.epoch != 0) {
		m.t.Fatalf("mark %d: %+v", len(x.marks), k)
	}
	if k.epoch != 0 {
		x.marks = append(x.marks, markModel{k, len(x.refs), x.used})
	}
}

func (m *model) rewind() {
	x := m.lane()
	if len(x.marks) == 0 {
		return
	}
	i := rapid.IntRange(0, len(x.marks)-1).Draw(m.t, "mark")
	k := x.marks[i]
	must(0, x.l.frame.Rewind(k.mark))
	for _, later := range x.marks[i:] {
		if x.l.frame.Rewind(later.mark) != ErrStale {
			m.t.Fatal("a mark inside what was rewound is accepted")
		}
	}
	for _, r := range x.refs[k.refs:] {
		if r.ref.Slice() != nil {
			m.t.Fatal("a reference outlives a rewind")
		}
	}
	x.refs, x.used, x.marks = x.refs[:k.refs], k.used, x.marks[:i]
}

func (m *model) open() {
	i := rapid.IntRange(0, 1).Draw(m.t, "lane")
	x := m.lanes[i]
	tag := x.l.tag()
	var b Box[point]
	var err error
	if rapid.Bool().Draw(m.t, "pool") {
		b, err = x.pool.New()
	} else {
		b, err = points.Box(x.l.Heap())
	}
	if err != nil {
		m.refused(x, err, points.Size(), tag)
		return
	}
	m.next++
	b.Ptr().X = m.next
	x.held[tag] += points.Size()
	x.boxes = append(x.boxes, liveBox{b, m.next, tag, i})
}

// take removes a random box from a random lane, with its lane.
func (m *model) take() (*laneModel, liveBox, bool) {
	x := m.lane()
	if len(x.boxes) == 0 {
		return x, liveBox{}, false
	}
	i := rapid.IntRange(0, len(x.boxes)-1).Draw(m.t, "box")
	b := x.boxes[i]
	x.boxes = append(x.boxes[:i:i], x.boxes[i+1:]...)
	return x, b, true
}

func (m *model) close() {
	x, b, ok := m.take()
	if !ok {
		return
	}
	deferred := b.box.cell != nil || rapid.Bool().Draw(m.t, "deferred")
	err := b.box.Close()
	if deferred && b.box.cell == nil {
		if err != nil {
			m.t.Fatal(err)
		}
		deferred = false
	}
	if err == ErrFull {
		x.boxes = append(x.boxes, b)
		return
	}
	if err != nil {
		m.t.Fatal(err)
	}
	origin := m.lanes[b.origin]
	if deferred {
		origin.l.Drain(8)
	}
	origin.held[b.tag] -= points.Size()
	origin.dead = append(origin.dead, b.box)
}

func (m *model) send() {
	x, b, ok := m.take()
	if !ok {
		return
	}
	sent, err := b.box.Send()
	if err != nil {
		x.boxes = append(x.boxes, b)
		return
	}
	x.dead = append(x.dead, b.box)
	to := m.lane()
	b.box = must(sent.Accept(to.l))
	if _, err := sent.Accept(to.l); err != ErrTransfer {
		m.t.Fatal("accepted twice")
	}
	to.boxes = append(to.boxes, b)
}

func (m *model) groupMake() {
	x := m.lane()
	n := rapid.IntRange(1, 200).Draw(m.t, "bytes")
	if _, err := x.group.Make(n); err != nil {
		m.refused(x, err, n, x.grp)
		return
	}
	x.held[x.grp] += n
	x.inGrp += n
}

func (m *model) groupFree() {
	x := m.lane()
	must(0, x.group.FreeAll())
	x.held[x.grp] -= x.inGrp
	x.inGrp = 0
}

// check is the invariant: every live value is intact, every dead reference is
// stale, every account adds up.
func (m *model) check() {
	for i, x := range m.lanes {
		for _, r := range x.refs {
			for _, p := range must(r.ref.Get()) {
				if p.X != r.want {
					m.t.Fatalf("lane %d: %d is %d", i, r.want, p.X)
				}
			}
		}
		for _, b := range x.boxes {
			if p := must(b.box.Get()); p.X != b.want {
				m.t.Fatalf("lane %d: box %d is %d", i, b.want, p.X)
			}
		}
		for _, b := range x.dead {
			if b.Ptr() != nil {
				m.t.Fatalf("lane %d: a dead box resolves", i)
			}
		}
		got := map[Tag]int{}
		for tag, h := range x.l.books.tags {
			got[Tag(tag)] = h.used()
		}
		want := map[Tag]int{0: 0, 1: 0, 2: 0}
		maps.Copy(want, x.held)
		if !maps.Equal(got, want) || x.l.books.held.used() != x.heldTotal() {
			m.t.Fatalf("lane %d holds %v (%d), want %v", i, got, x.l.books.held.used(), want)
		}
		if x.l.frame.active && x.l.frame.Used() != x.used {
			m.t.Fatalf("lane %d: %d bytes used, want %d", i, x.l.frame.Used(), x.used)
		}
		if err := x.l.heap.Check(); err != nil {
			m.t.Fatal(err)
		}
		m.checkBudgets(x)
	}
	if drawn := m.lanes[0].l.books.drawn + m.lanes[1].l.books.drawn; drawn > allLimit || int64(drawn) != m.a.budget.drawn.Load() {
		m.t.Fatalf("lanes have drawn %d, which is booked as %d", drawn, m.a.budget.drawn.Load())
	}
}

// checkBudgets verifies that no fast path can exceed a budget: the bytes in use,
// and those that the frame and boxes may take without a check, are together within
// every budget.
func (m *model) checkBudgets(x *laneModel) {
	l, f := x.l, &x.l.frame
	frame := max(0, f.limit-f.next)
	if !f.active {
		frame = 0
	}
	if n := l.books.used() + frame + l.books.held.room; n > laneLimit || n > l.books.drawn && frame+l.books.held.room > 0 {
		m.t.Fatalf("used %d, frame %d and boxes %d unseen; drawn %d", l.books.used(), frame, l.books.held.room, l.books.drawn)
	}
	if f.tags.current != 2 {
		frame = 0
	}
	if n := l.books.tagUsed(2) + frame + l.books.tags[2].room; n > tagLimit {
		m.t.Fatalf("tag: used %d, frame %d and boxes %d unseen", l.books.tagUsed(2), frame, l.books.tags[2].room)
	}
	if surplus := l.books.drawn - l.books.used(); surplus > m.a.budget.step || surplus < 0 {
		m.t.Fatalf("%d drawn beyond need, a step is %d", surplus, m.a.budget.step)
	}
}

func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t)
		step := func(f func()) func(*rapid.T) { return func(now *rapid.T) { m.t = now; f() } }
		t.Repeat(map[string]func(*rapid.T){
			"begin": step(m.begin), "end": step(m.end), "alloc": step(m.alloc), "alloc more": step(m.alloc),
			"tag": step(m.tag), "mark": step(m.mark), "rewind": step(m.rewind),
			"open": step(m.open), "open more": step(m.open), "close": step(m.close), "send": step(m.send),
			"group make": step(m.groupMake), "group free": step(m.groupFree),
			"": step(m.check),
		})
		for _, x := range m.lanes {
			if x.l.frame.active {
				must(x.l.frame.End())
			}
		}
		m.a.Close()
	})
}

// FuzzModel is TestModel with the fuzzer's choices.
func FuzzModel(f *testing.F) {
	for seed := range byte(4) {
		choices := make([]byte, 1<<14)
		rand.NewChaCha8([32]byte{seed}).Read(choices)
		f.Add(choices)
	}
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		m := newModel(t)
		defer m.a.Close()
		steps := []func(){m.begin, m.end, m.alloc, m.tag, m.mark, m.rewind, m.open, m.close, m.send, m.groupMake, m.groupFree}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			steps[rapid.IntRange(0, len(steps)-1).Draw(t, "step")]()
			m.check()
		}
	}))
}

// TestFullMap: a full Map takes new values of its keys, and its table has room for a
// search that ends, whatever the capacity.
func TestFullMap(t *testing.T) {
	integers := MustType[int]()
	l := newLane(t, Config{})
	f := must(l.Begin())
	for _, capacity := range []int{0, 1, 42, 43, 64, 85, 86, 128} {
		m := must(NewMap(f, integers, integers, capacity))
		if slots := len(m.keys.Slice()); slots < capacity*3/2 {
			t.Fatalf("%d slots for %d keys", slots, capacity)
		}
		for k := range capacity {
			must(0, m.Put(k, k))
		}
		wantErr(t, "a key too many", m.Put(capacity, 0), ErrFull)
		for k := range capacity {
			must(0, m.Put(k, 2*k))
			if v, ok := m.Get(k); !ok || v != 2*k {
				t.Errorf("capacity %d: key %d has %d, %v", capacity, k, v, ok)
			}
		}
	}
	must(f.End())
}

// TestMapAgainstGo drives a Map and Go's own.
func TestMapAgainstGo(t *testing.T) {
	integers := MustType[int]()
	rapid.Check(t, func(t *rapid.T) {
		a := must(New(Config{NoLock: true, FrameSize: 64 << 10, HeapSize: 16 << 10, Boxes: 1}))
		defer a.Close()
		l := must(a.Lane())
		f := must(l.Begin())
		m := must(NewMap(f, integers, integers, 50))
		want := map[int]int{}
		for range 200 {
			k, v := rapid.IntRange(0, 80).Draw(t, "k"), rapid.Int().Draw(t, "v")
			if rapid.Bool().Draw(t, "put") {
				_, known := want[k]
				if err := m.Put(k, v); (err != nil) != (!known && len(want) == 50) {
					t.Fatalf("Put: %v with %d keys", err, len(want))
				} else if err == nil {
					want[k] = v
				}
			} else {
				_, known := want[k]
				if m.Delete(k) != known {
					t.Fatal("Delete")
				}
				delete(want, k)
			}
			if got := maps.Collect(m.All()); !maps.Equal(got, want) || m.Len() != len(want) || m.Cap() != 50 {
				t.Fatalf("%v, want %v", got, want)
			}
			if x, ok := m.Get(k); ok != func() bool { _, k := want[k]; return k }() || ok && x != want[k] {
				t.Fatal("Get")
			}
		}
		must(f.End())
		if _, ok := m.Get(1); ok || m.Put(1, 1) != ErrStale || m.Delete(1) {
			t.Fatal("a Map outlives its frame")
		}
	})
}
