package alloc

import (
	"sync/atomic"
	"unsafe"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/ring"
)

// FreeRemote hands the block at p to the allocator's owner, who frees it in
// DrainRemote. It fails with ErrNil, ErrForeign, ErrInterior (only for an address
// that no block can have), ErrDoubleFree (for a block that waits already), or
// ErrRemoteFull; then the caller still owns the block. A block from the Go heap, see
// [Fallback], is ErrForeign here: its owner must free it.
//
// Cost: O(1) without contention. Allocates: no. Blocks: no. Caller: any.
//
// The heap's blocks wait in a lock-free queue. Slots of the classes wait in a
// ring.MPMC: a thread that is preempted halfway delays the slots behind its own.
// Which mistakes are found, and when, is as in tlsf.Heap.FreeRemote.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one retry for each FreeRemote that other threads complete meanwhile
func (a *Allocator) FreeRemote(p unsafe.Pointer) error {
	if a.classEnd > 0 && a.classes.Owns(p) {
		return a.remote.push(p)
	}
	return a.heap.FreeRemote(p)
}

// DrainRemote frees up to k blocks that other threads handed over and returns how
// many it removed from the queues. A block that Free refuses, because it was freed
// already or is none, counts in Stats.RemoteErrors.
//
// Cost: O(k). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound k iterations
func (a *Allocator) DrainRemote(k int) int {
	n := 0
	for ; n < k && a.classEnd > 0; n++ {
		p := a.remote.pop()
		if p == nil {
			break
		}
		if a.classes.Free(p) != nil {
			a.stats.remoteErrors++
		}
	}
	return n + a.heap.DrainRemote(k-n)
}

// remoteSlots holds slots of classes that other threads freed. The zero value holds
// none.
type remoteSlots struct {
	base  unsafe.Pointer
	units *ring.MPMC[uint32]
	// waiting has a bit for each 16 bytes of the classes' memory, set while a slot that
	// starts there is in the queue, so that none is in it twice.
	waiting []atomic.Uint64
}

// init makes a queue of that many slots for the n bytes of class memory at base.
func (r *remoteSlots) init(base unsafe.Pointer, n, slots int) error {
	words := make([]uint64, (ring.MPMCSize[uint32](slots)+7)/8)
	region := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)
	units, err := ring.CreateMPMC[uint32](region, slots)
	if err != nil {
		return errkind.Wrapf(err, "ring", "alloc: Config.RemoteQueue %d: no queue for the classes", slots)
	}
	*r = remoteSlots{base: base, units: units, waiting: make([]atomic.Uint64, n/blockAlign/64+1)}
	return nil
}

// mark is the word and the bit of a unit in waiting.
func (r *remoteSlots) mark(unit uint32) (word *atomic.Uint64, bit uint64) {
	return &r.waiting[unit/64], 1 << (unit % 64)
}

func (r *remoteSlots) push(p unsafe.Pointer) error {
	offset := uintptr(p) - uintptr(r.base)
	if offset%blockAlign != 0 {
		return ErrInterior
	}
	unit := uint32(offset / blockAlign)
	word, bit := r.mark(unit)
	if word.Or(bit)&bit != 0 {
		return ErrDoubleFree
	}
	if !r.units.Push(unit) {
		word.And(^bit)
		return ErrRemoteFull
	}
	return nil
}

// pop removes the oldest slot. It returns nil when there is none.
func (r *remoteSlots) pop() unsafe.Pointer {
	unit, ok := r.units.Pop()
	if !ok {
		return nil
	}
	word, bit := r.mark(unit)
	word.And(^bit)
	return unsafe.Add(r.base, uintptr(unit)*blockAlign)
}

func (r *remoteSlots) empty() {
	for r.pop() != nil {
	}
}
