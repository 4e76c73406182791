package pool_test

import (
	"fmt"

	"github.com/memkit-go/memkit/rt/pool"
)

type voice struct{ Phase, Step float64 }

func ExampleLocal() {
	region := make([]byte, pool.LocalSize[voice](2)) // an arena's bytes in a real program
	voices, err := pool.NewLocal[voice](region, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	first, second := voices.Get(), voices.Get()
	fmt.Println("a third voice:", voices.Get())
	fmt.Println(voices.Put(first), voices.Put(second))
	fmt.Println(voices.Put(first))
	// Output:
	// a third voice: <nil>
	// <nil> <nil>
	// pool: the slot is free already; put each slot back once
}

// A Shared pool is for any number of goroutines, real-time threads among them.
func ExampleShared() {
	type job struct{ ID int }
	jobs, err := pool.NewSharedSlab[job](2)
	if err != nil {
		fmt.Println(err)
		return
	}
	a, b := jobs.Get(), jobs.Get()
	fmt.Println(a != nil, b != nil, jobs.Get() == nil, jobs.Exhausted())
	fmt.Println(jobs.Put(a), jobs.Put(a))
	// Output:
	// true true true 1
	// <nil> pool: the slot is free already; put each slot back once
}

func ExampleHandles() {
	notes, err := pool.NewHandlesSlab[struct{ name string }](16)
	if err != nil {
		fmt.Println(err)
		return
	}
	h, note := notes.Get()
	note.name = "A4"
	fmt.Println(notes.At(h).name)
	notes.Put(h)
	fmt.Println(notes.At(h), notes.Put(h))
	// Output:
	// A4
	// <nil> pool: the handle, reference or mark is stale: its memory was given back
}

func ExampleFrame() {
	frame, err := pool.NewFrame(make([]byte, 64<<10))
	if err != nil {
		fmt.Println(err)
		return
	}
	for block := range 3 {
		scratch := frame.Alloc(4096, 64)
		mark := frame.Mark()
		frame.Alloc(10_000, 16)
		frame.Rewind(mark)
		fmt.Println(block, scratch != nil, frame.Used())
		frame.Reset()
	}
	fmt.Println("peak", frame.Peak())
	// Output:
	// 0 true 4096
	// 1 true 4096
	// 2 true 4096
	// peak 14096
}

func ExampleClasses() {
	classes := []pool.Class{{Size: 64, Count: 100}, {Size: 1024, Count: 10}}
	c, err := pool.NewClasses(make([]byte, pool.ClassesSize(classes)), classes)
	if err != nil {
		fmt.Println(err)
		return
	}
	p := c.Alloc(500)
	fmt.Println(c.Free(p), c.Free(p))
	for _, s := range c.AppendStats(nil) {
		fmt.Println(s.Size, s.Live, s.Peak, s.Allocs)
	}
	// Output:
	// <nil> pool: the slot is free already; put each slot back once
	// 64 0 0 0
	// 1024 0 1 1
}
