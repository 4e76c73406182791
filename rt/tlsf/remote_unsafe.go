package tlsf

import (
	"math/bits"
	"unsafe"
)

// FreeRemote hands the block at p to the heap's owner, who frees it in
// DrainRemote. It fails with ErrNil, ErrForeign, ErrInterior (only for an
// address that no block can have), or ErrRemoteFull; then the block is still
// the caller's. Mistakes that only the owner can see are found by DrainRemote.
// Cost: O(1) without contention. Allocates: no. Blocks: no. Caller: any.
//
// Lock-free: a retry means that another thread's call succeeded.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one retry for each FreeRemote that other threads complete meanwhile
func (h *Heap) FreeRemote(p unsafe.Pointer) error {
	v := bits.RotateLeft64(uint64(uintptr(p)-uintptr(h.firstPayload)), -4)
	if v >= h.units {
		switch {
		case p == nil:
			return ErrNil
		case v&(1<<60-1) < h.units:
			return ErrInterior
		}
		return ErrForeign
	}
	if !h.remote.push(uint32(v*2 + 1)) {
		return ErrRemoteFull
	}
	return nil
}

// DrainRemote frees up to k blocks that other threads handed over and returns
// how many it took from the queue. A block that Free refuses, because it was
// handed over twice or is none, counts in Stats.RemoteErrors.
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
		if h.Free(payload(h.base, b)) != nil {
			h.remoteErrors++
		}
	}
	return max(k, 0)
}
