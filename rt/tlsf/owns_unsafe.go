package tlsf

import "unsafe"

// Owns reports whether p points into the heap's memory, whether or not a block
// starts there.
// Cost: O(pools). Allocates: no. Blocks: no. Caller: any, except while AddPool runs.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one iteration for each pool
func (h *Heap) Owns(p unsafe.Pointer) bool {
	for i := range h.pools {
		if memory := h.pools[i].memory; uintptr(p)-address(memory) < uintptr(len(memory)) {
			return true
		}
	}
	return false
}

// Alignment is the alignment that the live block at p was allocated with, at least
// 16. It fails as Free does.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) Alignment(p unsafe.Pointer) (uintptr, error) {
	b, s, err := h.locate(p)
	if err != nil {
		return 0, err
	}
	align, _, err := h.alignment(b, s)
	return align, err
}
