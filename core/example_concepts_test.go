package core_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/memkit-go/memkit/core"
)

// oneLane makes an allocator and takes its lane.
func oneLane(c core.Config) (*core.Allocator, *core.Lane) {
	c.NoLock = true // examples run as an ordinary user
	a, err := core.New(c)
	if err != nil {
		panic(err)
	}
	lane, err := a.Lane()
	if err != nil {
		panic(err)
	}
	return a, lane
}

// A token is refused for a type with Go pointers, which the garbage collector
// would not see in frame memory.
func ExampleTypeOf() {
	_, err := core.TypeOf[struct{ Name string }]()
	fmt.Println(errors.Is(err, core.ErrPointerType))
	t, err := core.TypeOf[struct{ Name [16]byte }]()
	fmt.Println(t.Size(), err)
	// Output:
	// true
	// 16 <nil>
}

// Do begins a frame and ends it when the function returns or panics.
func ExampleLane_Do() {
	a, lane := oneLane(core.Config{})
	err := lane.Do(func(f *core.Frame) error {
		r, err := contacts.New(f)
		if err != nil {
			return err
		}
		r.Ptr().Depth = 1
		return nil
	})
	fmt.Println(err, lane.Stats())
	a.Close()
	// Output: <nil> lane 0: 1 frames, the last of 4 bytes, the largest of 4; 0 bytes held, at most 0; 0 requests refused
}

// Try takes back what a function allocated when it fails.
func ExampleFrame_Try() {
	a, lane := oneLane(core.Config{})
	f, _ := lane.Begin()
	err := f.Try(func() error {
		if _, err := contacts.Make(f, 1000); err != nil {
			return err
		}
		return errors.New("no solution")
	})
	fmt.Println(err, f.Used())
	f.End()
	a.Close()
	// Output: no solution 0
}

// A reference answers ErrStale once its memory was taken back.
func ExampleRef() {
	a, lane := oneLane(core.Config{})
	f, _ := lane.Begin()
	r, _ := contacts.New(f)
	f.End()
	_, err := r.Get()
	fmt.Println(errors.Is(err, core.ErrStale), r.Ptr() == nil)
	a.Close()
	// Output: true true
}

// A box in a lane's heap lives until it is closed.
func ExampleBox() {
	a, lane := oneLane(core.Config{})
	box, _ := contacts.Box(lane.Heap())
	box.Ptr().Depth = 2
	fmt.Println(box.Close())
	fmt.Println(box.Close())
	a.Close()
	// Output:
	// <nil>
	// core: the box was closed, sent or deferred already
}

// A pool has a fixed number of slots, and no more.
func ExampleNewPool() {
	a, lane := oneLane(core.Config{})
	p, _ := core.NewPool(lane, contacts, 2)
	first, _ := p.New()
	second, _ := p.New()
	_, err := p.New()
	fmt.Println(err)
	first.Close()
	second.Close()
	a.Close()
	// Output: core: allocation of 4 bytes (pool, no tag): all slots are in use; close boxes, or make the pool larger
}

// A slab is a pool in Go memory, so its values may hold pointers.
func ExampleNewSlab() {
	a, lane := oneLane(core.Config{})
	names, _ := core.NewSlab[struct{ Name string }](lane, 8)
	box, _ := names.New()
	box.Ptr().Name = "left arm"
	fmt.Println(box.Ptr().Name)
	box.Close()
	a.Close()
	// Output: left arm
}

// A group frees its blocks together.
func ExampleGroup() {
	a, lane := oneLane(core.Config{})
	level, _ := lane.Group(0)
	walls, _ := contacts.MakeIn(level, 100)
	level.Make(50)
	fmt.Println(level.Count(), "blocks,", level.Bytes(), "bytes")
	level.FreeAll()
	fmt.Println(walls.Slice() == nil)
	a.Close()
	// Output:
	// 2 blocks, 450 bytes
	// true
}

// A scratch lives across frames until it is reset.
func ExampleScratch() {
	a, lane := oneLane(core.Config{})
	s, _ := lane.Scratch("path search", 4096)
	nodes, _ := contacts.MakeOn(s, 10)
	fmt.Println(s.Used(), "of", s.Cap())
	s.Reset()
	fmt.Println(s.Used(), nodes.Slice() == nil)
	s.Close()
	a.Close()
	// Output:
	// 40 of 4096
	// 0 true
}

// Containers in a frame have a fixed capacity, and end with the frame.
func ExampleNewVec() {
	a, lane := oneLane(core.Config{})
	f, _ := lane.Begin()
	v, _ := core.NewVec(f, contacts, 2)
	fmt.Println(v.Push(contact{1}), v.Push(contact{2}), errors.Is(v.Push(contact{3}), core.ErrFull))
	f.End()
	fmt.Println(v.Push(contact{4}) == core.ErrStale)
	a.Close()
	// Output:
	// <nil> <nil> true
	// true
}

func ExampleNewMap() {
	a, lane := oneLane(core.Config{})
	f, _ := lane.Begin()
	m, _ := core.NewMap(f, core.MustType[int](), contacts, 100)
	m.Put(7, contact{0.5})
	v, ok := m.Get(7)
	fmt.Println(v.Depth, ok, m.Delete(7), m.Len())
	f.End()
	a.Close()
	// Output: 0.5 true true 0
}

func ExampleNewText() {
	a, lane := oneLane(core.Config{})
	f, _ := lane.Begin()
	t, _ := core.NewText(f, 32)
	t.WriteString("contacts: ")
	t.WriteInt(12)
	view, _ := t.View()
	fmt.Println(view)
	f.End()
	a.Close()
	// Output: contacts: 12
}

// A tag's budget holds in each lane. Its error names the tag.
func ExampleBudget() {
	a, err := core.New(core.Config{NoLock: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	parse, _ := a.Tag("parse", core.Budget{Hard: 1000}) // before the first Lane
	lane, _ := a.Lane()
	f, _ := lane.Begin()
	defer func() { f.End(); a.Close() }()
	defer f.Push(parse).End()
	_, err = contacts.Make(f, 300)
	fmt.Println(errors.Is(err, core.ErrBudget))
	fmt.Println(err)
	// Output:
	// true
	// core: allocation of 1200 bytes (tag "parse"): the budget of the tag is 1000 bytes, of which 0 are in use; free some, or raise the tag's Budget
}

// Phases divide a frame's bytes by when they were allocated.
func ExampleFrame_Phases() {
	a, lane := oneLane(core.Config{})
	update, _ := a.Phase("update")
	f, _ := lane.Begin()
	scope := f.Phase(update)
	contacts.Make(f, 10)
	scope.End()
	contacts.Make(f, 1)
	f.End()
	for p := range f.Phases() {
		fmt.Println(p.Name, p.Bytes)
	}
	a.Close()
	// Output:
	// (none) 4
	// update 40
}

// Keep makes one value outlive its frame.
func ExampleType_Keep() {
	a, lane := oneLane(core.Config{})
	f, _ := lane.Begin()
	r, _ := contacts.New(f)
	r.Ptr().Depth = 3
	claim, _ := contacts.Keep(f, r, core.Retention[contact]{To: core.ToHeap, Importance: core.High})
	summary, _ := f.End()
	box, err := claim.Take()
	fmt.Println(box.Ptr().Depth, err)
	fmt.Println(summary)
	box.Close()
	a.Close()
	// Output:
	// 3 <nil>
	// frame 1: 4 bytes in 1 allocations, at most 4 bytes; 1 values promoted
}

// A box goes to another lane as a number, and is accepted once.
func ExampleBox_Send() {
	a, from := oneLane(core.Config{Lanes: 2})
	to, _ := a.Lane()
	box, _ := contacts.Box(from.Heap())
	sent, _ := box.Send() // box is stale from here on
	received, _ := sent.Accept(to)
	_, err := sent.Accept(to)
	fmt.Println(received.Ptr() != nil, box.Ptr() == nil, errors.Is(err, core.ErrTransfer))
	received.Close() // goes back through from's queue
	fmt.Println(from.Drain(10), a.Close())
	// Output:
	// true true true
	// 1 <nil>
}

// Any thread may free a box through its owner's queue.
func ExampleBox_Defer() {
	a, lane := oneLane(core.Config{Deferred: core.Deferred{Mode: core.Explicit}})
	box, _ := contacts.Box(lane.Heap())
	done := make(chan error)
	go func() { done <- box.Defer() }()
	fmt.Println(<-done, lane.Drain(10))
	a.Close()
	// Output: <nil> 1
}

// Hooks show each event of a lane to a program under test.
func ExampleHooks() {
	a, lane := oneLane(core.Config{Hooks: core.Hooks{
		OnAlloc: func(e core.Event) { fmt.Println(e.Tier, e.Size, e.Intent) },
	}})
	f, _ := lane.Begin()
	f.With(core.Physics, func() error {
		_, err := contacts.Make(f, 2)
		return err
	})
	f.End()
	a.Close()
	// Output: frame 8 physics
}

// Close reports boxes that were not closed, by lane and tag.
func ExampleLeakError() {
	a, lane := oneLane(core.Config{})
	contacts.Box(lane.Heap())
	fmt.Println(a.Close())
	// Output: core: not closed: 1 of tag "(none)" (4 bytes) in lane 0
}

// A snapshot is written when a request file appears.
func ExampleNewSnapshots() {
	a, _ := oneLane(core.Config{})
	dir, err := os.MkdirTemp("", "snapshots")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	request := filepath.Join(dir, "request")
	s, _ := core.NewSnapshots(a, core.SnapshotConfig{
		Path: filepath.Join(dir, "memory.json"), Request: request, Interval: time.Second,
	})
	fmt.Println(s.Poll())
	os.WriteFile(request, nil, 0o600)
	fmt.Println(s.Poll())
	a.Close()
	// Output:
	// false <nil>
	// true <nil>
}
