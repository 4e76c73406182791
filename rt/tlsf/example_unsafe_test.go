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

// Memory for vector instructions or devices often needs a stricter alignment than 16
// bytes: a cache line here.
func ExampleHeap_AllocAligned() {
	heap, err := tlsf.New(region(1<<20), tlsf.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := heap.AllocAligned(1000, 64)
	fmt.Println(uintptr(p)%64, err)
	p, err = heap.Realloc(p, 5000) // keeps the alignment
	fmt.Println(uintptr(p)%64, err)
	_, err = heap.AllocAligned(1000, 48)
	fmt.Println(err)
	// Output:
	// 0 <nil>
	// 0 <nil>
	// tlsf: the alignment is not a power of two from 1 to 1 MiB
}

// Walk shows how a heap is divided, here with a hole between two blocks.
func ExampleHeap_Walk() {
	heap, err := tlsf.New(region(64<<10), tlsf.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	heap.Alloc(100)
	hole := heap.Alloc(200)
	heap.Alloc(300)
	heap.Free(hole)
	n := 0
	for b := range heap.Walk {
		fmt.Println(b.Size, b.Live)
		if n++; n == 3 {
			break
		}
	}
	// Output:
	// 112 true
	// 208 false
	// 320 true
}

func ExampleHeap_Stats() {
	heap, err := tlsf.New(region(1<<20), tlsf.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	heap.Free(heap.Alloc(5000))
	s := heap.Stats()
	fmt.Println(s.Used, "bytes used, at most", s.Peak)
	// Output: 0 bytes used, at most 5120
}

// region stands for a part of an arena.
func region(n int) []byte {
	r := make([]byte, n+16)
	skip := -uintptr(unsafe.Pointer(&r[0])) & 15
	return r[skip:][:n]
}

// For checks once that the type holds no Go pointers.
func ExampleFor() {
	heap, err := tlsf.New(region(1<<20), tlsf.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	samples, err := tlsf.For[float32](heap)
	if err != nil {
		fmt.Println(err)
		return
	}
	block := samples.Slice(256) // nil when no free block is large enough
	fmt.Println(len(block), block[0])
	fmt.Println(samples.FreeSlice(block))
	_, err = tlsf.For[*float32](heap)
	fmt.Println(err)
	// Output:
	// 256 0
	// <nil>
	// arena: *float32 is a ptr, which holds a Go pointer the garbage collector would not see; use indices, offsets or fixed-size arrays
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
	// <nil> tlsf: the range is not live here: it was freed already, or belongs to another Ranges
}
