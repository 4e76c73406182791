// Command useafterput takes memory from the pool that its argument names, gives it
// back, and reads it. Built with -asan it must not reach the end.
package main

import (
	"fmt"
	"log"
	"os"
	"unsafe"

	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/pool"
)

type block [48]byte

func main() {
	a, err := arena.New(arena.Config{Size: 1 << 16, NoLock: true})
	if err != nil {
		log.Fatal(err)
	}
	b := freed(os.Args[1], a.Bytes())
	fmt.Println(b[17]) // read after it was given back
}

func freed(kind string, region []byte) *block {
	switch kind {
	case "Local":
		p := must(pool.NewLocal[block](region, 100))
		b := live(p.Get())
		check(p.Put(b))
		return b
	case "Slab":
		p := must(pool.NewLocalSlab[block](100))
		b := live(p.Get())
		check(p.Put(b))
		return b
	case "Shared":
		p := must(pool.NewShared[block](region, 100))
		b := live(p.Get())
		check(p.Put(b))
		return b
	case "Handles":
		p := must(pool.NewHandles[block](region, 100))
		h, b := p.Get()
		live(b)
		check(p.Put(h))
		return b
	case "Classes":
		p := must(pool.NewClasses(region, []pool.Class{{Size: 48, Count: 100}}))
		b := live((*block)(p.Alloc(48)))
		check(p.Free(unsafe.Pointer(b)))
		return b
	case "Frame":
		p := must(pool.NewFrame(region))
		b := live((*block)(p.Alloc(48, 16)))
		p.Reset()
		return b
	case "Close":
		p := must(pool.NewLocal[block](region, 100))
		check(p.Close())
		region[100] = 1
		os.Exit(3)
	}
	log.Fatalf("no pool is called %q", kind)
	return nil
}

// live uses b while that is allowed.
func live(b *block) *block {
	b[0], b[47] = 1, 2
	return b
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
