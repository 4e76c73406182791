package alloc

import (
	"unsafe"

	"github.com/memkit-go/memkit/rt/tlsf"
)

// Block is one block of an [Allocator], as Walk shows it.
type Block = tlsf.Block

// Walk yields every block until yield returns false: the slots of the classes, the
// heap's blocks, and those from the Go heap. It is an iterator: for b := range
// a.Walk. The allocator must not change meanwhile. Walking takes time in proportion
// to the number of blocks.
func (a *Allocator) Walk(yield func(Block) bool) {
	more := true
	each := func(b Block) bool {
		more = yield(b)
		return more
	}
	if a.classes != nil {
		a.classes.Walk(func(p unsafe.Pointer, size uintptr, live bool) bool {
			return each(Block{Payload: p, Size: size, Live: live})
		})
	}
	if more {
		a.heap.Walk(each)
	}
	for p, b := range a.fallback {
		if !more {
			return
		}
		each(Block{Payload: p, Size: b.size, Live: true})
	}
}

// Owns reports whether p points into the allocator's memory, whether or not a block
// starts there, or is the start of a block from the Go heap.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (a *Allocator) Owns(p unsafe.Pointer) bool {
	if a.classes != nil && a.classes.Owns(p) || a.heap.Owns(p) {
		return true
	}
	_, ok := a.fallback[p]
	return ok
}

// Reset frees every block, forgets remote frees that wait, and zeroes the
// statistics. It takes time in proportion to the region: it is for phase
// boundaries, not for deadlines. No FreeRemote may run at the same time.
func (a *Allocator) Reset() {
	if a.classes != nil {
		a.classes.Reset()
		a.remote.empty()
	}
	a.heap.Reset()
	clear(a.fallback)
	a.stats = counters{}
}
