package tlsf

import (
	"math/bits"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// Size is how many bytes the live block at p can hold: the size requested, or more.
// It fails as Free does. Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) Size(p unsafe.Pointer) (uintptr, error) {
	b, s, err := h.locate(p)
	if err != nil {
		return 0, err
	}
	return h.capacity(b, s), nil
}

// TryResize makes the block at p hold n bytes without moving it or copying
// anything. It fails with ErrExhausted when the memory behind the block is not
// free, with ErrTooLarge, or as Free does; then the block is unchanged.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) TryResize(p unsafe.Pointer, n uintptr) error {
	b, old, err := h.locate(p)
	if err != nil {
		return err
	}
	align, extra, err := h.alignment(b, old)
	if err != nil {
		return err
	}
	h.peakRequest = max(h.peakRequest, n)
	if n > h.limit-extra {
		h.failures++
		return ErrTooLarge
	}
	h.mergeParked()
	if !h.resizeInPlace(b, old, h.bins.roundUp(wordsFor(n+extra)), align) {
		h.failures++
		return ErrExhausted
	}
	return nil
}

// Realloc makes the block at p hold n bytes, of which the first that it held
// before keep their content. It resizes in place if memory behind the block
// allows, else moves the block down into free memory before it, else to
// another place; a block from AllocAligned keeps the alignment that it was
// allocated with. A nil p asks for a
// new block. It fails with ErrExhausted, with ErrTooLarge, or as Free does;
// then the block is unchanged.
// Cost: O(n) when it moves, else O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) Realloc(p unsafe.Pointer, n uintptr) (unsafe.Pointer, error) {
	if p == nil {
		return h.AllocAligned(n, unitSize)
	}
	b, old, err := h.locate(p)
	if err != nil {
		return nil, err
	}
	align, extra, err := h.alignment(b, old)
	if err != nil {
		return nil, err
	}
	h.peakRequest = max(h.peakRequest, n)
	if n > h.limit-extra {
		h.failures++
		return nil, ErrTooLarge
	}
	h.mergeParked()
	s := h.bins.roundUp(wordsFor(n + extra))
	if h.resizeInPlace(b, old, s, align) {
		return p, nil
	}
	if q := h.moveDown(b, old, s, align); q != nil {
		return q, nil
	}
	q, err := h.AllocAligned(n, align)
	if err != nil {
		return nil, err
	}
	copyBytes(q, p, h.capacity(b, old))
	return q, h.Free(p)
}

// locate finds the live block at p and its size in words.
func (h *Heap) locate(p unsafe.Pointer) (b, s uint32, err error) {
	v := bits.RotateLeft64(uint64(uintptr(p)-uintptr(h.firstPayload)), -4)
	if v >= h.units {
		switch {
		case p == nil:
			return 0, 0, ErrNil
		case v&(1<<60-1) < h.units:
			return 0, 0, ErrInterior
		}
		return 0, 0, ErrForeign
	}
	b = uint32(v*2 + 1)
	if state := *h.state(uint64(b)); state&(1<<(b&63)) == 0 {
		if state&(1<<((b-1)&63)) != 0 {
			return 0, 0, ErrDoubleFree
		}
		return 0, 0, ErrInterior
	}
	t := at(h.base, b).tag
	s = t &^ (prevFreeFlag | alignedFlag)
	if b+s >= h.span || at(h.base, b+s).prevPhys != b {
		return 0, 0, ErrCorrupt
	}
	if t&prevFreeFlag != 0 {
		start := at(h.base, b).prevPhys
		if start > b || at(h.base, start).tag != (b-start)|freeFlag {
			return 0, 0, ErrCorrupt
		}
	}
	return b, s, nil
}

// capacity is how many bytes of payload block b of s words has for its owner.
func (h *Heap) capacity(b, s uint32) uintptr {
	if at(h.base, b).tag&alignedFlag != 0 {
		s-- // the alignment's
	}
	return uintptr(s)*wordSize - headerSize
}

// resizeInPlace makes the live block b of old words one of s where it is, if it can.
func (h *Heap) resizeInPlace(b, old, s uint32, align uintptr) bool {
	end := b + old
	if s > old {
		limit := h.freeAfter(end)
		if limit-b < s {
			return false
		}
		h.removeFree(end)
		end = limit
		at(h.base, end).prevPhys = b
	}
	h.trimTail(b, s, end)
	if align > unitSize {
		h.setAlignment(b, s, align)
	}
	h.account(old, s)
	return true
}

// moveDown moves the live block b of old words down into free memory before it,
// and makes it one of s>old there. It returns nil if there is no room.
func (h *Heap) moveDown(b, old, s uint32, align uintptr) unsafe.Pointer {
	x := at(h.base, b)
	if x.tag&prevFreeFlag == 0 {
		return nil
	}
	free := x.prevPhys
	start := free + h.wordsToAlign(free, align)
	end := h.freeAfter(b + old)
	if start >= b || end-start < s {
		return nil
	}
	h.removeFree(free)
	if end != b+old {
		h.removeFree(b + old)
	}
	h.setFreed(b)
	copyBytes(payload(h.base, start), payload(h.base, b), h.capacity(b, old))
	at(h.base, end).prevPhys = start
	h.splitFront(free, start, end)
	h.trimTail(start, s, end)
	if align > unitSize {
		h.setAlignment(start, s, align)
	}
	h.setLive(start)
	h.account(old, s)
	if debug.Enabled {
		h.debugMove(b, start)
	}
	return payload(h.base, start)
}

func copyBytes(dst, src unsafe.Pointer, n uintptr) {
	copy(unsafe.Slice((*byte)(dst), n), unsafe.Slice((*byte)(src), n))
}
