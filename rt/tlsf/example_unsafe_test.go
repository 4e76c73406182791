package tlsf_test

import (
	"fmt"
	"unsafe"

	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/tlsf"
)

func Example() {
	a, err := arena.New(arena.Config{Size: 1 << 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close()
	heap, err := tlsf.New(a.Bytes(), tlsf.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}

	p := heap.Alloc(256 * 4)
	block := unsafe.Slice((*float32)(p), 256) // no pointers: the collector does not look here
	block[0] = 0.5

	fmt.Println(heap.Free(p))
	fmt.Println(heap.Free(p))
	// Output:
	// <nil>
	// tlsf: the block at this address was freed already
}

// A program with 64 KiB live in blocks of at most 2 KiB never exhausts a
// half-fit heap of this size, in whatever order it allocates and frees.
func ExampleWorstCaseArena() {
	size := tlsf.WorstCaseArena(tlsf.HalfFit, 64<<10, 2<<10)
	fmt.Printf("%d KiB\n", size>>10)
	// Output: 1534 KiB
}

func ExampleHeap_FreeRemote() {
	a, err := arena.New(arena.Config{Size: 1 << 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close()
	heap, err := tlsf.New(a.Bytes(), tlsf.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}

	done := make(chan error)
	p := heap.Alloc(1000)
	go func() { done <- heap.FreeRemote(p) }()
	fmt.Println(<-done)
	fmt.Println(heap.DrainRemote(16), "drained,", heap.Stats().Used, "bytes in use")
	// Output:
	// <nil>
	// 1 drained, 0 bytes in use
}

func ExampleRanges() {
	device, err := tlsf.NewRanges(tlsf.RangesConfig{Size: 1 << 30, Granule: 256, MaxRanges: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	vertices, _ := device.Alloc(100_000, 0)
	texture, _ := device.Alloc(1<<20, 1<<16)
	fmt.Println(vertices.Offset, texture.Offset)
	fmt.Println(device.Free(vertices), device.Free(vertices))
	// Output:
	// 0 131072
	// <nil> tlsf: the range is not live; it was freed already or came from elsewhere
}
