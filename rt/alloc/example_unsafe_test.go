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

// A buffer that grows: in place where the heap can, else by moving.
func ExampleAllocator_Realloc() {
	a, err := alloc.New(make([]byte, 1<<20), alloc.Config{Classes: []pool.Class{{Size: 64, Count: 10}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := a.Alloc(60)
	if err != nil {
		fmt.Println(err)
		return
	}
	*(*byte)(p) = 42
	p, err = a.Realloc(p, 5000)
	if err != nil {
		fmt.Println(err)
		return
	}
	size, _ := a.Size(p)
	fmt.Println(*(*byte)(p), size >= 5000, a.Owns(p))
	// Output: 42 true true
}

// Another thread gives a block back; the owner frees it when it has time.
func ExampleAllocator_FreeRemote() {
	a, err := alloc.New(make([]byte, 1<<20), alloc.Config{RemoteQueue: 64})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, _ := a.Alloc(1000)
	done := make(chan error)
	go func() { done <- a.FreeRemote(p) }()
	fmt.Println(<-done, a.FreeRemote(p))
	fmt.Println(a.DrainRemote(16), "freed")
	// Output:
	// <nil> tlsf: the block at this address was freed already
	// 1 freed
}

func ExampleFor() {
	type event struct{ Time, Note int64 }
	a, err := alloc.New(make([]byte, 1<<20), alloc.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	events, err := alloc.For[event](a)
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := events.New()
	fmt.Println(*e, err)
	fmt.Println(events.Free(e))
	// Output:
	// {0 0} <nil>
	// <nil>
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
