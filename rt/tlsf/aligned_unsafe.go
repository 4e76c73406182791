package tlsf

import (
	"math/bits"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// MaxAlign is the largest alignment that AllocAligned takes.
const MaxAlign = 1 << maxAlignBits

const maxAlignBits = 20

// AllocAligned returns n bytes at a multiple of align, a power of two up to
// MaxAlign, or ErrAlignment, ErrTooLarge or ErrExhausted. Alignments up to 16
// cost nothing. Others take 8 bytes in which the heap keeps the alignment for
// Realloc, and need a free block of n+align−8 bytes; the memory before and after
// the n bytes stays free.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) AllocAligned(n, align uintptr) (unsafe.Pointer, error) {
	if align == 0 || align&(align-1) != 0 || align > MaxAlign {
		return nil, ErrAlignment
	}
	h.peakRequest = max(h.peakRequest, n)
	if n > h.limit || align > unitSize && n+wordSize > h.limit {
		h.failures++
		return nil, ErrTooLarge
	}
	if align <= unitSize {
		if p := h.Alloc(n); p != nil {
			return p, nil
		}
		return nil, ErrExhausted
	}
	s := h.bins.roundUp(wordsFor(n + wordSize))
	if b := h.parked; s == h.parkedSize && h.wordsToAlign(b, align) == 0 {
		request := h.peakRequest
		p := h.Alloc(n + wordSize)
		h.peakRequest = request
		h.setAlignment(b, s, align)
		return p, nil
	}
	h.mergeParked()
	slack := uint32(align-unitSize) / wordSize
	bin, found := h.bins.from(h.bins.of(h.bins.roundUp(s + slack)))
	if !found {
		h.failures++
		return nil, ErrExhausted
	}
	b := at(h.base, bin).nextFree
	end := b + at(h.base, b).tag&sizeMask
	start := b + h.wordsToAlign(b, align)
	h.removeFree(b)
	h.splitFront(b, start, end)
	h.trimTail(start, s, end)
	h.setLive(start)
	h.account(0, s)
	if debug.Enabled {
		h.debugAlloc(payload(h.base, start), n)
	}
	h.setAlignment(start, s, align)
	return payload(h.base, start), nil
}

// alignments is the value of a block's last word for an alignment of 1: the low
// byte is the logarithm. A block whose last word has another high part was overrun.
const alignments = 0x616c_6967_6e65_6400

// setAlignment keeps the alignment of block b in its last word, for Realloc. The
// alignment of the address would be no substitute: it may be larger by chance.
func (h *Heap) setAlignment(b, s uint32, align uintptr) {
	at(h.base, b).tag |= alignedFlag
	*(*uint64)(h.word(b + s - 1)) = alignments | uint64(bits.TrailingZeros(uint(align)))
}

// alignment is the alignment that block b of s words was allocated with, and what
// its payload holds beyond the n bytes of a request.
func (h *Heap) alignment(b, s uint32) (align, extra uintptr, err error) {
	if at(h.base, b).tag&alignedFlag == 0 {
		return unitSize, 0, nil
	}
	v := *(*uint64)(h.word(b + s - 1))
	if v&^0xff != alignments || v&0xff > maxAlignBits {
		return 0, 0, ErrCorrupt
	}
	return 1 << (v & 0xff), wordSize, nil
}

// Calloc returns count·size bytes of zeros, or ErrTooLarge, also when the
// product overflows, or ErrExhausted.
// Cost: O(count·size). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) Calloc(count, size uintptr) (unsafe.Pointer, error) {
	over, n := bits.Mul64(uint64(count), uint64(size))
	if over != 0 || n > uint64(h.limit) {
		h.failures++
		return nil, ErrTooLarge
	}
	p := h.Alloc(uintptr(n))
	if p == nil {
		return nil, ErrExhausted
	}
	clear(unsafe.Slice((*byte)(p), n))
	return p, nil
}

// wordsToAlign is how far block b must move for its payload to be aligned.
func (h *Heap) wordsToAlign(b uint32, align uintptr) uint32 {
	return uint32(-uintptr(payload(h.base, b))&(align-1)) / wordSize
}

// splitFront splits the unlisted block [b, end), behind a live one, into a free
// block [b, start), none if that is empty, and a block at start.
func (h *Heap) splitFront(b, start, end uint32) {
	x := at(h.base, start)
	x.tag = end - start
	if start == b {
		return
	}
	at(h.base, end).prevPhys = start
	x.prevPhys = b
	x.tag |= prevFreeFlag
	h.addFree(b, start-b)
}

// trimTail makes the unlisted block [b, end) one of s words, in use, and frees the
// rest. It keeps b's flags.
func (h *Heap) trimTail(b, s, end uint32) {
	x := at(h.base, b)
	x.tag = x.tag&^sizeMask | s
	after := at(h.base, end)
	if b+s == end {
		after.tag &^= prevFreeFlag
		return
	}
	at(h.base, b+s).prevPhys = b
	h.freeSpan(b+s, end)
}

func (h *Heap) setLive(b uint32) { *h.state(uint64(b)) |= 1 << (b & 63) }

func (h *Heap) setFreed(b uint32) {
	state := h.state(uint64(b))
	*state = *state&^(1<<(b&63)) | 1<<((b-1)&63)
}

// account replaces a live block of old words by one of s. A parked block is in the
// account until it is merged, and in no peak.
func (h *Heap) account(old, s uint32) {
	h.room += int64(old) - int64(s)
	if over := h.room + int64(h.parkedSize); over < 0 {
		h.peak -= uint32(over)
		h.room -= over
	}
}
