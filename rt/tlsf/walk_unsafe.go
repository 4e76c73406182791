package tlsf

import "unsafe"

// Block is one block of a heap, as Walk shows it.
type Block struct {
	Payload unsafe.Pointer // what Alloc returned, of a live block
	Size    uintptr        // bytes, its header and rounding included
	Live    bool
}

// Walk yields every block by address until yield returns false; it is an
// iterator: for b := range h.Walk. The heap must not change meanwhile. Walking
// takes time in proportion to the number of blocks.
func (h *Heap) Walk(yield func(Block) bool) {
	h.mergeParked()
	for _, p := range h.pools {
		for b := p.first; b != p.last; {
			t := at(h.base, b).tag
			s := t & sizeMask
			if s == 0 || s > p.last-b {
				return // a header is overwritten; Check tells which
			}
			if !yield(Block{payload(h.base, b), uintptr(s) * wordSize, t&freeFlag == 0}) {
				return
			}
			b += s
		}
	}
}
