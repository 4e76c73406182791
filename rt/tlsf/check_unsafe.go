package tlsf

import (
	"fmt"
	"math/bits"
	"unsafe"
)

// Check verifies every invariant of the heap: that the blocks of each pool fill
// it, know their neighbours and are merged; that just the live ones are live in
// the bitmap of block starts; that the bins hold just the free ones, each where
// it belongs; and that the account adds up. It returns nil, or an error that
// wraps ErrCorrupt and names the first violation. Time and memory are in
// proportion to the heap: it is for tests and post-mortems.
func (h *Heap) Check() error {
	h.mergeParked()
	free, used := uint32(0), uint32(0)
	live := 0
	for _, p := range h.pools {
		f, u, n, err := h.checkPool(p)
		if err != nil {
			return err
		}
		free, used, live = free+f, used+u, live+n
	}
	if used != h.used() {
		return fmt.Errorf("%w: %d bytes are live, the account says %d", ErrCorrupt, used*wordSize, h.used()*wordSize)
	}
	starts := 0
	for _, w := range unsafe.Slice((*uint64)(h.states), bitmapWords(h.span)) {
		starts += bits.OnesCount64(w & liveBits)
	}
	if starts != live {
		return fmt.Errorf("%w: %d blocks are live, the bitmap of block starts has %d", ErrCorrupt, live, starts)
	}
	return h.checkBins(free)
}

// liveBits are those of odd indices.
const liveBits = 0xaaaa_aaaa_aaaa_aaaa

// checkPool counts p's free blocks, the words in its live ones, and those.
func (h *Heap) checkPool(p pool) (free, used uint32, live int, err error) {
	fail := func(b uint32, format string, args ...any) error {
		return fmt.Errorf("%w: block at %#x (payload %p): %s", ErrCorrupt, b, payload(h.base, b), fmt.Sprintf(format, args...))
	}
	prev, prevWasFree := uint32(0), false
	for b := p.first; ; {
		t := at(h.base, b).tag
		size := t & sizeMask
		switch {
		case b != p.first && at(h.base, b).prevPhys != prev:
			return 0, 0, 0, fail(b, "says the block before it is at %#x, not at %#x", at(h.base, b).prevPhys, prev)
		case t&prevFreeFlag != 0 != prevWasFree:
			return 0, 0, 0, fail(b, "is wrong about whether the block before it is free")
		case t&freeFlag != 0 && prevWasFree:
			return 0, 0, 0, fail(b, "is free like the one before it, and not merged with it")
		}
		if b == p.last {
			if t&^prevFreeFlag != 0 {
				return 0, 0, 0, fail(b, "should end its pool, has tag %#x", t)
			}
			return free, used, live, nil
		}
		isLive := *h.state(uint64(b))>>(b&63)&1 != 0
		switch {
		case size == 0 || size > p.last-b:
			return 0, 0, 0, fail(b, "has %d words, its pool %d", size, p.last-b)
		case isLive == (t&freeFlag != 0):
			return 0, 0, 0, fail(b, "has tag %#x, but its live bit is %v", t, isLive)
		case t&freeFlag != 0 && t&alignedFlag != 0:
			return 0, 0, 0, fail(b, "is free and aligned")
		case isLive && h.bins.roundUp(size) != size:
			return 0, 0, 0, fail(b, "is live with %d words, which is no size of a bin", size)
		}
		if isLive {
			used += size
			live++
		} else {
			free++
		}
		prev, prevWasFree = b, t&freeFlag != 0
		b += size
	}
}

// checkBins verifies that the bins hold n free blocks.
func (h *Heap) checkBins(n uint32) error {
	if *at(h.base, uint32(0)) != (block{}) {
		return fmt.Errorf("%w: cell 0 is in use", ErrCorrupt)
	}
	listed := uint32(0)
	for i := uint32(1); i < h.cells; i++ {
		if h.bins.marked(i) != (at(h.base, i).nextFree != i) {
			return fmt.Errorf("%w: bin %d is marked %v and holds %d", ErrCorrupt, i, h.bins.marked(i), at(h.base, i).nextFree)
		}
		last := i
		for b := at(h.base, i).nextFree; b != i; b = at(h.base, b).nextFree {
			if listed++; listed > n || b >= h.span {
				return fmt.Errorf("%w: bin %d: its list has no end or leaves the heap", ErrCorrupt, i)
			}
			t := at(h.base, b).tag
			if t&freeFlag == 0 || h.bins.of(t&sizeMask) != i || at(h.base, b).prevFree != last {
				return fmt.Errorf("%w: bin %d: block at %#x with tag %#x behind %#x does not belong", ErrCorrupt, i, b, t, last)
			}
			last = b
		}
		if at(h.base, i).prevFree != last {
			return fmt.Errorf("%w: bin %d: its list ends at %#x, not at %#x", ErrCorrupt, i, at(h.base, i).prevFree, last)
		}
	}
	for f, w := range h.bins.words {
		if (w != 0 && h.bins.perOctave > 1) != (h.bins.summary>>f&1 != 0) {
			return fmt.Errorf("%w: bins %d to %d are wrong in the summary", ErrCorrupt, f*32, f*32+31)
		}
	}
	if listed != n {
		return fmt.Errorf("%w: %d blocks are free, the bins hold %d", ErrCorrupt, n, listed)
	}
	return nil
}
