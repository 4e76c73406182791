package core_test

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/core"
)

// A mark is a position to which one Rewind goes back. References behind it are stale
// afterwards.
func ExampleFrame_Mark() {
	a, lane := oneLane(core.Config{})
	f, _ := lane.Begin()
	contacts.Make(f, 10)
	mark := f.Mark()
	guess, _ := contacts.Make(f, 1000)
	fmt.Println(f.Used(), guess.Len())
	fmt.Println(f.Rewind(mark), f.Used(), guess.Slice() == nil)
	fmt.Println(errors.Is(f.Rewind(mark), core.ErrStale)) // a mark is good for one Rewind
	f.End()
	a.Close()
	// Output:
	// 4040 1000
	// <nil> 40 true
	// true
}

// A tag says whose bytes they are, until the scope's end.
func ExampleFrame_Push() {
	a, err := core.New(core.Config{NoLock: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	mesh, _ := a.Tag("mesh", core.Budget{})
	lane, _ := a.Lane()
	f, _ := lane.Begin()
	contacts.Make(f, 1)
	scope := f.Push(mesh)
	contacts.Make(f, 25)
	scope.End()
	f.End()
	for t := range f.Tags() {
		fmt.Println(t.Name, t.Bytes, t.Allocs)
	}
	a.Close()
	// Output:
	// (none) 4 1
	// mesh 100 1
}

// An intent says what bytes are for, in addition to tags and phases.
func ExampleFrame_With() {
	a, lane := oneLane(core.Config{})
	f, _ := lane.Begin()
	err := f.With(core.Physics, func() error {
		_, err := contacts.Make(f, 10)
		return err
	})
	f.End()
	fmt.Println(err)
	for i := range f.Intents() {
		fmt.Println(i.Intent, i.Bytes)
	}
	a.Close()
	// Output:
	// <nil>
	// physics 40
}
