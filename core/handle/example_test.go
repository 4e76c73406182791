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

// A stream evicts less important assets when a new one does not fit.
func ExampleStream() {
	a, err := core.New(core.Config{NoLock: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	lane, _ := a.Lane()
	space, _ := handle.NewSpace(lane.Heap(), handle.Config{Size: 4096})
	assets, _ := handle.NewStream(space, 16)
	distant, _ := assets.Load(3000, core.Low)
	assets.Load(2000, core.High)
	_, err = space.Pin(distant)
	fmt.Println(err == handle.ErrStale, assets.Stats())
	_, err = assets.Load(3000, core.Low)
	fmt.Println(err)
	space.Close()
	a.Close()
	// Output:
	// true 1 assets of 2016 bytes; 2 loaded, 1 evicted, 0 refused
	// handle: the stream cannot evict enough assets of lesser importance; unpin or unload some
}
