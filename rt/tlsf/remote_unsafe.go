package tlsf

import (
	"math/bits"
	"unsafe"
)

// FreeRemote hands the block at p to the heap's owner, who frees it in
// DrainRemote. It fails with ErrNil, ErrForeign, ErrInterior (only for an
// address that no block can have), ErrDoubleFree (for a block that waits in the
// queue already), or ErrRemoteFull; then the caller still owns the block.
// Cost: O(1) without contention. Allocates: no. Blocks: no. Caller: any.
//
// DrainRemote finds the other mistakes, as long as the block's memory was not
// allocated again. A second FreeRemote after the block was drained and allocated
// again frees the new block: only generations, as in pool.Handles, tell the two
// apart. The same holds for a block that its owner frees with Free while it waits
// in the queue, except that builds with tag rtdebug refuse that Free.
//
// Lock-free: a retry means that another thread's call succeeded.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one retry for each FreeRemote that other threads complete meanwhile
func (h *Heap) FreeRemote(p unsafe.Pointer) error {
	unit := bits.RotateLeft64(uint64(uintptr(p)-uintptr(h.firstPayload)), -4)
	if unit >= h.units {
		err := ErrForeign
		if p == nil {
			err = ErrNil
		} else if unit&(1<<60-1) < h.units {
			err = ErrInterior
		}
		return err
	}
	q := &h.remote
	word, bit := q.mark(unit)
	if word.Or(bit)&bit != 0 {
		return ErrDoubleFree
	}
	for {
		t := q.tail.Load()
		lap := uint32(t >> (q.shift & 63))
		slot := &q.slots[t&uint64(len(q.slots)-1)]
		v := slot.Load()
		filled := false
		if v == uint64(lap)<<32 {
			if filled = slot.CompareAndSwap(v, v|uint64(unit*2+1)); !filled {
				continue
			}
		} else if int32(uint32(v>>32)-lap) < 0 { // holds a block of the lap before
			if q.tail.Load() == t {
				word.And(^bit)
				return ErrRemoteFull
			}
			continue
		}
		// This call or another filled the slot, which may even be empty again.
		q.tail.CompareAndSwap(t, t+1)
		if filled {
			return nil
		}
	}
}

// DrainRemote frees up to k blocks that other threads handed over, oldest first,
// and returns how many it removed from the queue. A block that Free refuses,
// because it was freed already or is none, counts in Stats.RemoteErrors.
// Cost: O(k). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound k iterations
func (h *Heap) DrainRemote(k int) int {
	for n := range k {
		b := h.remote.pop()
		if b == 0 {
			return n
		}
		h.remote.unmark(b)
		if h.Free(payload(h.base, b)) != nil {
			h.remoteErrors++
		}
	}
	return max(k, 0)
}
