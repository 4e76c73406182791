package tlsf

import (
	"errors"
	"sync/atomic"
)

// Errors of a [Ranges], besides ErrExhausted, ErrTooLarge and ErrAlignment.
var (
	// ErrStaleRange: the range was freed already, is from before Reset, or belongs
	// to another Ranges.
	ErrStaleRange = errors.New("tlsf: the range is not live here: it was freed already, or belongs to another Ranges")
	// ErrTooManyRanges: see [RangesConfig].MaxRanges.
	ErrTooManyRanges = errors.New("tlsf: all of RangesConfig.MaxRanges are live; free some, or raise it")
)

// Range is a live part of a [Ranges]' space. Values are copied freely; freeing
// one makes all copies stale.
type Range struct {
	Offset, Size uint64 // Size is the size granted, at least the size requested

	ranges     uint32 // its number
	node       uint32
	generation uint32
}

// Ranges is a heap of offsets without memory: the same bins over a space that
// the CPU need not reach, such as device memory. A table of nodes outside the
// space takes the place of a [Heap]'s headers. One goroutine owns it.
type Ranges struct {
	number  uint32 // of this Ranges, unique in the process up to 2³² of them
	bins    binset
	heads   []uint32 // first free node of each bin, 0 for none
	nodes   []node   // node 0 is a live node of no size on either end
	unused  uint32   // first unused node, chained by next
	first   uint32   // node at offset 0
	live    int
	used    uint32
	peak    uint32
	request uint64
	failed  uint64
	config  RangesConfig
}

// node is a block of the space, live or free, or unused. Its neighbours in
// space are before and after; next and last link the free ones of a bin, last
// being 0 for the first.
type node struct {
	offset, size  uint32 // in granules
	before, after uint32
	next, last    uint32
	generation    uint32
	free          bool
}

// rangesMade counts them, so that each knows its own ranges.
var rangesMade atomic.Uint32

// NewRanges makes a Ranges with all its tables.
func NewRanges(c RangesConfig) (*Ranges, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	r := &Ranges{config: c, bins: c.Policy.bins(), number: rangesMade.Add(1)}
	r.heads = make([]uint32, r.bins.of(r.granules())+2)
	// Live blocks, the gaps between and around them, and node 0.
	r.nodes = make([]node, 2*c.MaxRanges+2)
	r.Reset()
	return r, nil
}

func (r *Ranges) granules() uint32 { return uint32(r.config.Size / r.config.Granule) }

// Reset frees every range and zeroes the statistics. It takes time in
// proportion to MaxRanges.
func (r *Ranges) Reset() {
	clear(r.heads)
	r.bins.empty()
	r.unused = 0
	for i := uint32(len(r.nodes)) - 1; i > 0; i-- {
		r.nodes[i] = node{next: r.unused, generation: r.nodes[i].generation + 1}
		r.unused = i
	}
	r.live, r.used, r.peak, r.request, r.failed = 0, 0, 0, 0, 0
	r.first = r.newNode(0, r.granules())
	r.list(r.first)
}

// Alloc returns a range of at least size at a multiple of align, a power of
// two; 0 means a granule. It fails with ErrAlignment, ErrTooLarge,
// ErrExhausted or ErrTooManyRanges.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *Ranges) Alloc(size, align uint64) (Range, error) {
	r.request = max(r.request, size)
	found, s, err := r.find(size, align)
	if err != nil {
		r.failed++
		return Range{}, err
	}
	r.unlist(found)
	if gap := r.gap(found, align); gap > 0 {
		r.splitAt(found, gap)
		r.list(found)
		found = r.nodes[found].after
	}
	if r.nodes[found].size > s {
		r.splitAt(found, s)
		r.list(r.nodes[found].after)
	}
	n := &r.nodes[found]
	n.free = false
	r.live++
	r.used += s
	r.peak = max(r.peak, r.used)
	return Range{
		Offset:     uint64(n.offset) * r.config.Granule,
		Size:       uint64(s) * r.config.Granule,
		ranges:     r.number,
		node:       found,
		generation: n.generation,
	}, nil
}

// find takes the first block that can hold size at any place aligned.
func (r *Ranges) find(size, align uint64) (found, s uint32, err error) {
	granule := r.config.Granule
	switch {
	case align&(align-1) != 0:
		return 0, 0, ErrAlignment
	case size > r.config.Size || align > r.config.Size:
		return 0, 0, ErrTooLarge
	case r.live == r.config.MaxRanges:
		return 0, 0, ErrTooManyRanges
	}
	s = r.bins.roundUp(max(uint32((size+granule-1)/granule), 1))
	slack := uint32(max(align/granule, 1) - 1)
	bin, ok := r.bins.from(r.bins.of(r.bins.roundUp(s + slack)))
	if !ok {
		return 0, 0, ErrExhausted
	}
	return r.heads[bin], s, nil
}

// gap is how many granules node i must give up for its end to be aligned.
func (r *Ranges) gap(i uint32, align uint64) uint32 {
	a := uint32(max(align/r.config.Granule, 1))
	return -r.nodes[i].offset & (a - 1)
}

// Free gives a range back. It fails with ErrStaleRange, and then changes
// nothing.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *Ranges) Free(x Range) error {
	i := x.node
	if x.ranges != r.number || i == 0 || int(i) >= len(r.nodes) {
		return ErrStaleRange
	}
	n := &r.nodes[i]
	if n.generation != x.generation || n.free || n.size == 0 ||
		uint64(n.offset)*r.config.Granule != x.Offset || uint64(n.size)*r.config.Granule != x.Size {
		return ErrStaleRange
	}
	n.generation++
	r.live--
	r.used -= n.size
	if after := n.after; r.nodes[after].free {
		r.unlist(after)
		r.merge(i, after)
	}
	if before := n.before; r.nodes[before].free {
		r.unlist(before)
		r.merge(before, i)
		i = before
	}
	r.list(i)
	return nil
}

// newNode takes an unused node. There always is one: gaps are merged, so no
// more than MaxRanges+1 are between live ranges.
func (r *Ranges) newNode(offset, size uint32) uint32 {
	i := r.unused
	n := &r.nodes[i]
	r.unused = n.next
	n.offset, n.size, n.before, n.after, n.next, n.last, n.free = offset, size, 0, 0, 0, 0, false
	return i
}

// splitAt cuts node i to size and puts a new node for the rest after it.
func (r *Ranges) splitAt(i, size uint32) {
	n := &r.nodes[i]
	j := r.newNode(n.offset+size, n.size-size)
	n.size = size
	r.nodes[j].before, r.nodes[j].after = i, n.after
	if n.after != 0 {
		r.nodes[n.after].before = j
	}
	n.after = j
}

// merge lets node i swallow node j after it.
func (r *Ranges) merge(i, j uint32) {
	n, m := &r.nodes[i], &r.nodes[j]
	n.size += m.size
	n.after = m.after
	if m.after != 0 {
		r.nodes[m.after].before = i
	}
	m.size, m.free = 0, false
	m.next = r.unused
	r.unused = j
}

func (r *Ranges) list(i uint32) {
	n := &r.nodes[i]
	bin := r.bins.of(n.size)
	n.free, n.last, n.next = true, 0, r.heads[bin]
	if n.next != 0 {
		r.nodes[n.next].last = i
	}
	r.heads[bin] = i
	r.bins.mark(bin)
}

func (r *Ranges) unlist(i uint32) {
	n := &r.nodes[i]
	n.free = false
	if n.next != 0 {
		r.nodes[n.next].last = n.last
	}
	if n.last != 0 {
		r.nodes[n.last].next = n.next
		return
	}
	bin := r.bins.of(n.size)
	r.heads[bin] = n.next
	if n.next == 0 {
		r.bins.clear(bin)
	}
}

// Walk yields every block of the space by offset, free ones with live false,
// until yield returns false. The Ranges must not change meanwhile.
func (r *Ranges) Walk(yield func(x Range, live bool) bool) {
	for i := r.first; i != 0; i = r.nodes[i].after {
		n := &r.nodes[i]
		x := Range{uint64(n.offset) * r.config.Granule, uint64(n.size) * r.config.Granule, r.number, i, n.generation}
		if !yield(x, !n.free) {
			return
		}
	}
}
