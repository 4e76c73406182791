package handle_test

import (
	"fmt"

	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/core/handle"
)

func Example() {
	a, err := core.New(core.Config{NoLock: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	lane, _ := a.Lane()
	space, _ := handle.NewSpace(lane.Heap(), handle.Config{Size: 64 << 10})
	first, _ := space.Alloc(1000)
	second, _ := space.Alloc(1000)
	space.Free(first)
	for !space.Compact(256) { // a step a frame, say
	}
	bytes, _ := space.Pin(second)
	fmt.Println(len(bytes), "bytes, the space ends at", space.Stats().High)
	space.Unpin(second)
	space.Close()
	fmt.Println(a.Close())
	// Output:
	// 1000 bytes, the space ends at 1024
	// <nil>
}
