package core_test

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/core"
)

type contact struct{ Depth float32 }

var contacts = core.MustType[contact]()

func Example() {
	a, err := core.New(core.Config{NoLock: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	physics, _ := a.Tag("physics", core.Budget{})
	lane, _ := a.Lane()

	frame, _ := lane.Begin()
	scope := frame.Push(physics)
	found, _ := contacts.Make(frame, 100)
	found.Slice()[0].Depth = 0.5
	scope.End()
	summary, _ := frame.End()

	fmt.Println(summary.Bytes, "bytes in", summary.Allocs, "allocation")
	for t := range frame.Tags() {
		fmt.Println(t.Name, t.Bytes)
	}
	_, err = found.Get()
	fmt.Println(errors.Is(err, core.ErrStale), a.Close())
	// Output:
	// 400 bytes in 1 allocation
	// physics 400
	// true <nil>
}
