package alloc_test

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/memkit-go/memkit/rt/alloc"
	"github.com/memkit-go/memkit/rt/pool"
)

func ExampleAllocator() {
	region := make([]byte, 1<<20) // an arena's bytes in a real program
	a, err := alloc.New(region, alloc.Config{
		MaxAllocation: 16 << 10,
		Classes:       []pool.Class{{Size: 64, Count: 1000}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := a.Alloc(1024 * 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	samples := unsafe.Slice((*float32)(p), 1024)
	fmt.Println(len(samples), samples[0])
	fmt.Println(a.Free(p), a.Free(p))
	_, err = a.Alloc(1 << 20)
	fmt.Println(err)
	// Output:
	// 1024 0
	// <nil> tlsf: the block at this address was freed already
	// alloc: the request is larger than Config.MaxAllocation
}

func ExampleHazard() {
	type gains struct{ P, I, D float64 }
	slots, _ := pool.NewSharedSlab[gains](8)
	hazard, err := alloc.NewHazard(1, func(g *gains) { slots.Put(g) })
	if err != nil {
		fmt.Println(err)
		return
	}
	guard, _ := hazard.Guard()
	retirer := hazard.Retirer()
	var current atomic.Pointer[gains]

	first := slots.Get()
	first.P = 1
	current.Store(first)

	seen := guard.Protect(&current) // the real-time reader
	second := slots.Get()           // the writer, meanwhile
	second.P = 2
	retirer.Retire(current.Swap(second))
	fmt.Println(seen.P, retirer.Flush())
	guard.Release()
	fmt.Println(retirer.Flush())
	// Output:
	// 1 1
	// 0
}
