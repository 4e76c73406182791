package tlsf

import (
	"math/bits"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// Size is how many bytes the live block at p can hold: what was asked for, or
// more. It fails as Free does.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) Size(p unsafe.Pointer) (uintptr, error) {
	_, s, err := h.locate(p)
	if err != nil {
		return 0, err
	}
	return uintptr(s)*wordSize - headerSize, nil
}

// TryResize makes the block at p hold n bytes without moving it or copying
// anything. It returns nil, ErrExhausted when the memory behind the block is
// not free, ErrTooLarge, or what Free would for p; then the block is as it was.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) TryResize(p unsafe.Pointer, n uintptr) error {
	b, old, err := h.locate(p)
	if err != nil {
		return err
	}
	h.peakRequest = max(h.peakRequest, n)
	if n > h.limit {
		h.failures++
		return ErrTooLarge
	}
	h.settle()
	if !h.stretch(b, old, h.bins.roundUp(wordsFor(n))) {
		h.failures++
		return ErrExhausted
	}
	return nil
}

// Realloc makes the block at p hold n bytes, of which the first that it held
// before keep their content. It resizes in place if memory behind the block
// allows, else moves the block down into free memory before it, else to
// another place; a block from AllocAligned stays aligned. A nil p asks for a
// new block. On failure, ErrExhausted, ErrTooLarge or what Free would say of
// p, the block is as it was.
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
	h.peakRequest = max(h.peakRequest, n)
	if n > h.limit {
		h.failures++
		return nil, ErrTooLarge
	}
	h.settle()
	s := h.bins.roundUp(wordsFor(n))
	if h.stretch(b, old, s) {
		return p, nil
	}
	align := uintptr(unitSize)
	if at(h.base, b).tag&isAligned != 0 {
		align = min(uintptr(p)&-uintptr(p), MaxAlign)
	}
	if q := h.slide(b, old, s, align); q != nil {
		return q, nil
	}
	q, err := h.AllocAligned(n, align)
	if err != nil {
		return nil, err
	}
	copyBytes(q, p, uintptr(old)*wordSize-headerSize)
	return q, h.Free(p)
}

// locate finds the live block at p and its size in words.
func (h *Heap) locate(p unsafe.Pointer) (b, s uint32, err error) {
	v := bits.RotateLeft64(uint64(uintptr(p)-uintptr(h.origin)), -4)
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
	if state := *h.state(b); state&(1<<(b&63)) == 0 {
		if state&(1<<((b-1)&63)) != 0 {
			return 0, 0, ErrDoubleFree
		}
		return 0, 0, ErrInterior
	}
	t := at(h.base, b).tag
	s = t &^ (prevFree | isAligned)
	if b+s >= h.span || at(h.base, b+s).prev != b {
		return 0, 0, ErrCorrupt
	}
	if t&prevFree != 0 {
		start := at(h.base, b).prev
		if start > b || at(h.base, start).tag != (b-start)|isFree {
			return 0, 0, ErrCorrupt
		}
	}
	return b, s, nil
}

// stretch makes the live block b of old words one of s where it is, if it can.
func (h *Heap) stretch(b, old, s uint32) bool {
	end := b + old
	if s > old {
		limit := h.freeAfter(end)
		if limit-b < s {
			return false
		}
		h.take(end)
		end = limit
		at(h.base, end).prev = b
	}
	h.cut(b, s, end)
	h.account(old, s)
	return true
}

// slide moves the live block b of old words down into free memory before it,
// and makes it one of s>old there. It returns nil if there is no room.
func (h *Heap) slide(b, old, s uint32, align uintptr) unsafe.Pointer {
	x := at(h.base, b)
	if x.tag&prevFree == 0 {
		return nil
	}
	flags := x.tag & isAligned
	free := x.prev
	start := free + h.wordsToAlign(free, align)
	end := h.freeAfter(b + old)
	if start >= b || end-start < s {
		return nil
	}
	h.take(free)
	if end != b+old {
		h.take(b + old)
	}
	h.setFreed(b)
	copyBytes(payload(h.base, start), payload(h.base, b), uintptr(old)*wordSize-headerSize)
	at(h.base, end).prev = start
	h.carve(free, start, end)
	h.cut(start, s, end)
	at(h.base, start).tag |= flags
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
