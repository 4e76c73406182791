package tlsf

import (
	"math/bits"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// Heap allocates from one or more regions in constant time. One goroutine or
// thread owns it; only FreeRemote may be called from others. No two heaps may
// share a region.
//
// The block freed last is parked: it is dead to its owner, but to the heap a
// live block until the next Free merges it with its neighbours. A request of
// just its size takes it back at once, and the headers that a merge needs are in
// the cache by the time it happens: this takes a pair of Alloc and Free from 23
// ns to 6, and 5% off a random trace (EPYC, Linux 6.18, 64 MiB of huge pages, Go
// 1.26). A request that would fail otherwise merges the parked block and takes
// that. So the heap does what one without parking does for a program that frees
// each block a little later.
type Heap struct {
	base   unsafe.Pointer // block i lies at base+8i; bin i's cell is block i
	states unsafe.Pointer // bitmap of block starts; see state
	origin unsafe.Pointer // payload of block 1
	units  uint64         // payload addresses from origin to the end
	span   uint32         // words from base to the end

	bins       binset
	parked     uint32 // block that was freed last, 0 if none
	parkedSize uint32 // its size in words, 0 if none

	used         uint32  // words in live blocks
	peak         uint32  // the most they were before any decrease so far
	limit        uintptr // bytes of the largest request that is tried at all
	peakRequest  uintptr
	failures     uint64
	remoteErrors uint64

	debug heapDebug
	setup
	remote remoteQueue
}

// A block start at index b has two bits in the bitmap, outside of any memory
// that a caller may write: bit b says that the block is live, bit b−1 that one
// that started there was freed. Indices being odd, the two share a word.
func (h *Heap) state(b uint32) *uint64 {
	return (*uint64)(unsafe.Add(h.states, uintptr(b>>6)*8))
}

// Alloc returns n bytes aligned to 16 whose content is undefined, or nil when
// no free block can serve them, which Stats counts. A request of 0 bytes gets
// a block of its own.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
// Every free block of a bin from the request's on is large enough, so nothing
// is searched. Masmano et al., "TLSF", 2004, section 5.
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) Alloc(n uintptr) unsafe.Pointer {
	if debug.Enabled {
		h.debugOwner()
	}
	if n > h.peakRequest {
		h.peakRequest = n
	}
	if n > h.limit {
		h.failures++
		return nil
	}
	base := h.base
	s := wordsFor(n)
	sh := uint32(bits.Len32(s|h.bins.perOctave)) - h.bins.perLen
	m := uint32(1)<<(sh&31) - 1
	s = (s + m) &^ m
	b, size := h.parked, h.parkedSize
	if s == size {
		h.parked, h.parkedSize = 0, 0
	} else {
		// The shift of s's bin is known, so this is bins.of(s) and bins.from.
		i := sh*h.bins.perOctave + s>>(sh&31)
		f := i >> 5 & 31
		found := h.bins.words[f] >> (i & 31) << (i & 31)
		if found == 0 {
			f = uint32(bits.TrailingZeros32(h.bins.summary&(^uint32(1)<<f))) & (binWords - 1)
			found = h.bins.words[f]
		}
		// taken leaves its bin. Cell 0 is no bin: removing it does nothing.
		taken := uint32(0)
		if found != 0 {
			b = at(base, f<<5+uint32(bits.TrailingZeros32(found))).next
			taken = b
			size = at(base, b).tag & sizeMask
		} else {
			// Only the parked block, merged with its neighbours, can help. When
			// none is parked, b is cell 0: a live block of no size.
			next := uint32(0)
			end := b + size
			if t := at(base, end).tag; t&isFree != 0 {
				next = end
				end += t & sizeMask
			}
			if at(base, b).tag&prevFree != 0 {
				taken = at(base, b).prev
				b = taken
			}
			size = end - b
			if size < s {
				if debug.Enabled && h.debugFlush() {
					return h.Alloc(n)
				}
				h.failures++
				return nil
			}
			h.parked, h.parkedSize = 0, 0
			if next, last := remove(base, next); next == last {
				h.bins.clear(last)
			}
			after := at(base, end)
			after.prev = b
			after.tag |= prevFree
		}
		if next, last := remove(base, taken); next == last {
			h.bins.clear(last)
		}
		if debug.Sanitized {
			unpoison(base, b, size)
		}
		at(base, b).tag = s
		after := at(base, b+size)
		if rest := size - s; rest != 0 {
			r := at(base, b+s)
			r.prev = b
			r.tag = rest | isFree
			after.prev = b + s
			i := h.bins.of(rest)
			push(base, b+s, i)
			h.bins.mark(i)
			if debug.Sanitized {
				poison(base, b+s, rest)
			}
		} else {
			after.tag &^= prevFree
		}
	}
	*h.state(b) |= 1 << (b & 63)
	h.used += s
	if debug.Sanitized {
		unpoison(base, b, s)
	}
	if debug.Enabled {
		h.debugAlloc(payload(base, b), n)
	}
	return payload(base, b)
}

// Free gives the block at p back. It fails with ErrNil, ErrForeign,
// ErrInterior, ErrDoubleFree or ErrCorrupt, and then changes nothing.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
// No two free blocks are neighbours, so the block that was parked merges with
// at most one on either side; the one at p is parked in its place. Knuth, "The
// Art of Computer Programming", volume 1, section 2.5, algorithm C (boundary
// tags).
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) Free(p unsafe.Pointer) error {
	if debug.Enabled {
		leaving, err := h.debugFree(p)
		if err != nil || leaving == nil {
			return err
		}
		p = leaving
	}
	base := h.base
	// The rotation makes a misaligned address a huge one.
	v := bits.RotateLeft64(uint64(uintptr(p)-uintptr(h.origin)), -4)
	if v >= h.units {
		if p == nil {
			return ErrNil
		}
		if v&(1<<60-1) < h.units {
			return ErrInterior
		}
		return ErrForeign
	}
	b := uint32(v*2 + 1)
	state := h.state(b)
	if *state&(1<<(b&63)) == 0 {
		if *state&(1<<((b-1)&63)) != 0 {
			return ErrDoubleFree
		}
		return ErrInterior
	}
	t := at(base, b).tag
	s := t &^ (prevFree | isAligned)
	if b+s >= h.span || at(base, b+s).prev != b {
		return ErrCorrupt
	}
	if t&prevFree != 0 {
		if start := at(base, b).prev; start > b || at(base, start).tag != (b-start)|isFree {
			return ErrCorrupt
		}
	}
	if h.used > h.peak {
		h.peak = h.used
	}
	h.used -= s
	at(base, b).tag = t &^ isAligned
	*state = *state ^ 1<<(b&63) | 1<<((b-1)&63)
	if debug.Sanitized {
		poison(base, b, s)
	}
	b, h.parked = h.parked, b
	s, h.parkedSize = h.parkedSize, s
	if s != 0 {
		// release(b, b+s), inlined.
		x := b + s
		end := x
		if t := at(base, x).tag; t&isFree != 0 {
			e := x + t&sizeMask
			if e < h.span && at(base, e).prev == x {
				if next, last := remove(base, x); next == last {
					h.bins.clear(last)
				}
				end = e
			}
		}
		if at(base, b).tag&prevFree != 0 {
			b = at(base, b).prev
			if next, last := remove(base, b); next == last {
				h.bins.clear(last)
			}
		}
		after := at(base, end)
		after.prev = b
		after.tag |= prevFree
		s = end - b
		at(base, b).tag = s | isFree
		i := h.bins.of(s)
		push(base, b, i)
		h.bins.mark(i)
		if debug.Sanitized {
			poison(base, b, s)
		}
	}
	return nil
}
