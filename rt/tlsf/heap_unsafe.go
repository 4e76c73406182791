package tlsf

import (
	"math"
	"math/bits"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// Heap allocates from one or more regions in constant time. One goroutine or
// thread owns it; only FreeRemote may be called from others. No two heaps may
// share a region.
//
// Free parks the block that it gets: the block's live bit is cleared, but its
// header stays that of a live block until the next Free merges it with its
// neighbours. A request of the same size gets the parked block back at once, and
// the headers that the merge needs are in the cache when it happens. That takes a
// pair of Alloc and Free from 23 ns to 6, and 5% off a random trace (EPYC, Linux
// 6.18, 64 MiB of huge pages, Go 1.26). A request that would fail otherwise merges
// the parked block and uses the result, so that parking never makes a request
// fail.
type Heap struct {
	base         unsafe.Pointer // block i lies at base+8i; bin i's cell is block i
	states       unsafe.Pointer // bitmap of block starts; see state
	firstPayload unsafe.Pointer // of block 1
	units        uint64         // payload addresses from firstPayload to the end
	span         uint32         // words from base to the end

	bins       binset
	parked     uint32 // block that was freed last, 0 when none
	parkedSize uint32 // its size in words, 0 when none

	peak         uint32  // the most words that live blocks ever had
	room         int64   // peak less the words of live blocks and the parked one
	limit        uintptr // bytes of the largest request that is tried at all
	peakRequest  uintptr
	failures     uint64
	remoteErrors uint64

	debug heapDebug
	setup
	remote remoteQueue
}

// state is the word of the bitmap of block starts that holds the two bits of
// block b: bit b is set when a live block starts there, bit b−1 when a block that
// started there was freed. b is odd, so both are in one word. The bitmap lies
// outside any memory that a caller may write.
func (h *Heap) state(b uint64) *uint64 { return (*uint64)(unsafe.Add(h.states, b>>6*8)) }

// Alloc returns n bytes aligned to 16 whose content is undefined, or nil when
// no free block can serve them, which Stats counts. A request of 0 bytes gets
// a block of its own.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
// Every free block of a bin from the request's on is large enough, so the first
// block of the first such list is used, without a search. Masmano et al., "TLSF",
// 2004, section 5. What the request leaves of the block becomes a free block:
//
//	          b                                after
//	before:   │ free, size words               │ live, prevFreeFlag set
//
//	          b              b+words           after
//	after:    │ live, words  │ free, the rest  │ live, prevFreeFlag set
//	or:       │ live, words = size             │ live, prevFreeFlag cleared
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

	// Step 1: round the request up to the smallest size of its bin, as bins.roundUp
	// does. This and all further sizes are in words.
	request, float, words := wordsFor(n), uint64(0), uint64(0)
	if h.bins.perOctave == 1 {
		words = 1 << (bits.Len32(request-1) & 63)
	} else {
		float = math.Float64bits(float64(int64(request))) + h.bins.below
		words = uint64(int64(math.Float64frombits(float &^ h.bins.below)))
	}

	// Case 1: the parked block has that size. Its header is that of a live block, and
	// it is still in the account, but in no peak.
	b, size := uint64(h.parked), uint64(h.parkedSize)
	if words == size {
		h.parked, h.parkedSize = 0, 0
		at(base, b).tag &^= alignedFlag
		if room := h.room; room < 0 {
			h.room = 0
			h.peak -= uint32(room)
		}
	} else {
		// Step 2: find the first list from the request's bin on that is not empty, as
		// bins.from does. Half-fit has one word of bins: a request of 1<<i words is a
		// mask's lowest bit.
		f, found := uint64(0), uint32(0)
		if h.bins.perOctave == 1 {
			found = h.bins.words[0] & -uint32(words)
		} else {
			bin := float>>(h.bins.shift&63) - h.bins.bias
			f = bin >> 5 & 31
			found = h.bins.words[f] & (^uint32(0) << (bin & 31))
			if found == 0 {
				f = uint64(bits.TrailingZeros32(h.bins.summary&(^uint32(1)<<f))) & (binWords - 1)
				found = h.bins.words[f]
			}
		}
		// listed is the block to unlink. Cell 0 is no bin: unlinking it has no effect.
		listed := uint64(0)
		if found != 0 {
			// Case 2: the first block of that list.
			b = uint64(at(base, f<<5+uint64(bits.TrailingZeros32(found))).nextFree)
			listed = b
			size = uint64(at(base, b).tag & sizeMask)
		} else {
			// Case 3: the parked block, merged with its neighbours, as Free would have
			// merged it. When none is parked, b is cell 0, a live block of no size, and
			// the merge yields 0 words.
			end, next := b+size, uint64(0)
			if t := at(base, end).tag; t&freeFlag != 0 {
				next = end
				end += uint64(t & sizeMask)
			}
			if x := at(base, b); x.tag&prevFreeFlag != 0 {
				listed = uint64(x.prevPhys)
				b = listed
			}
			size = end - b
			if size < words {
				if debug.Enabled && h.debugFlush() {
					return h.Alloc(n)
				}
				h.failures++
				return nil
			}
			h.room += int64(h.parkedSize)
			h.parked, h.parkedSize = 0, 0
			if next, prev := unlink(base, next); next == prev {
				h.bins.clear(prev)
			}
			after := at(base, end)
			after.prevPhys = uint32(b)
			after.tag |= prevFreeFlag
		}
		// Whether the list is empty then is as good as random: no branch.
		next, prev := unlink(base, listed)
		h.bins.clearIf(prev, next == prev)
		if debug.Sanitized {
			unpoison(base, b, size)
		}

		// Step 3: make the block live and the rest of it, if any, a free block.
		at(base, b).tag = uint32(words)
		after := at(base, b+size)
		if rest := size - words; rest != 0 {
			r := b + words
			x := at(base, r)
			x.prevPhys = uint32(b)
			x.tag = uint32(rest) | freeFlag
			after.prevPhys = uint32(r)
			i := uint64(h.bins.of(uint32(rest)))
			link(base, r, i)
			h.bins.mark(uint32(i))
			if debug.Sanitized {
				poison(base, r, rest)
			}
		} else {
			after.tag &^= prevFreeFlag
		}

		// Step 4: the account, less the parked block for the peak.
		room := h.room - int64(words)
		h.room = room
		if room += int64(h.parkedSize); room < 0 {
			h.room -= room
			h.peak -= uint32(room)
		}
	}

	// Step 5: the bitmap.
	*h.state(b) |= 1 << (b & 63)
	if debug.Sanitized {
		unpoison(base, b, words)
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
// The block at p is parked, and the block x that was parked before becomes free.
// No two free blocks are neighbours, so x merges with at most one on either side.
// Knuth, "The Art of Computer Programming", volume 1, section 2.5, algorithm C
// (boundary tags).
//
//	          start            x            x+size           end
//	before:   │ free or live   │ parked     │ free or live   │ live
//
//	after:    both free        │ free: [start, end)
//	          one free         │ free: [start, x+size) or [x, end)
//	          none free        │ free: [x, x+size)
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

	// Step 1: p is the address of a payload: in the heap and, because the rotation
	// makes a misaligned address a huge one, aligned to 16.
	unit := bits.RotateLeft64(uint64(uintptr(p)-uintptr(h.firstPayload)), -4)
	if unit >= h.units {
		if p == nil {
			return ErrNil
		}
		if unit&(1<<60-1) < h.units {
			return ErrInterior
		}
		return ErrForeign
	}

	// Step 2: a live block starts there.
	b := unit*2 + 1
	state := h.state(b)
	starts := *state
	if starts&(1<<(b&63)) == 0 {
		if starts&(1<<((b-1)&63)) != 0 {
			return ErrDoubleFree
		}
		return ErrInterior
	}

	// Step 3: its header and its neighbours' agree, so no overrun destroyed them.
	x := at(base, b)
	tag := x.tag
	size := uint64(tag &^ (prevFreeFlag | alignedFlag))
	if b+size >= uint64(h.span) || uint64(at(base, b+size).prevPhys) != b {
		return ErrCorrupt
	}
	if tag&prevFreeFlag != 0 {
		if start := uint64(x.prevPhys); start > b || at(base, start).tag != uint32(b-start)|freeFlag {
			return ErrCorrupt
		}
	}

	// Step 4: park the block.
	*state = starts ^ 1<<(b&63) | 1<<((b-1)&63)
	if debug.Sanitized {
		poison(base, b, size)
	}
	parked, parkedSize := uint64(h.parked), uint64(h.parkedSize)
	h.parked, h.parkedSize = uint32(b), uint32(size)

	// Step 5: merge the block that was parked before with its neighbours. mergeParked
	// does the same out of line.
	if parkedSize != 0 {
		h.room += int64(parkedSize)
		start, end := parked, parked+parkedSize
		if t := at(base, end).tag; t&freeFlag != 0 {
			// A header that was overwritten since is left alone.
			if e := end + uint64(t&sizeMask); e < uint64(h.span) && uint64(at(base, e).prevPhys) == end {
				if next, prev := unlink(base, end); next == prev {
					h.bins.clear(prev)
				}
				end = e
			}
		}
		x := at(base, start)
		if x.tag&prevFreeFlag != 0 {
			start = uint64(x.prevPhys)
			x = at(base, start)
			if next, prev := unlink(base, start); next == prev {
				h.bins.clear(prev)
			}
		}
		after := at(base, end)
		after.prevPhys = uint32(start)
		after.tag |= prevFreeFlag
		x.tag = uint32(end-start) | freeFlag
		i := uint64(h.bins.of(uint32(end - start)))
		link(base, start, i)
		h.bins.mark(uint32(i))
		if debug.Sanitized {
			poison(base, start, end-start)
		}
	}
	return nil
}
