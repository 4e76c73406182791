package tlsf

import (
	"errors"
	"math/bits"
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
	nodes   []node   // node 0 is a live node of no size: before the first and after the last
	unused  uint32   // first unused node, chained by next
	live    int
	used    uint32
	peak    uint32
	request uint64
	failed  uint64
	config  RangesConfig
	shift   uint8 // log2 of a granule
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
	r := &Ranges{config: c, bins: c.Policy.bins(), number: rangesMade.Add(1), shift: uint8(bits.TrailingZeros64(c.Granule))}
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
	r.nodes[0] = node{}
	r.list(r.insert(0, r.granules(), 0, 0))
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
	n := &r.nodes[found]
	switch gap := r.gap(found, align); {
	case gap > 0:
		rest := n.size - gap - s
		r.resize(found, gap)
		found = r.insert(n.offset+gap, s, found, n.after)
		if rest > 0 {
			n = &r.nodes[found]
			r.list(r.insert(n.offset+s, rest, found, n.after))
		}
	case n.size > s:
		// The rest keeps its node and, mostly, its bin.
		offset, rest := n.offset, found
		found = r.insert(offset, s, n.before, rest)
		n.offset = offset + s
		r.resize(rest, n.size-s)
	default:
		r.unlist(found)
	}
	n = &r.nodes[found]
	r.live++
	r.used += s
	r.peak = max(r.peak, r.used)
	return Range{
		Offset:     r.bytes(n.offset),
		Size:       r.bytes(s),
		ranges:     r.number,
		node:       found,
		generation: n.generation,
	}, nil
}

// find takes the first block that can hold size at any place aligned.
func (r *Ranges) find(size, align uint64) (found, s uint32, err error) {
	switch {
	case align&(align-1) != 0:
		return 0, 0, ErrAlignment
	case size > r.config.Size || align > r.config.Size:
		return 0, 0, ErrTooLarge
	case r.live == r.config.MaxRanges:
		return 0, 0, ErrTooManyRanges
	}
	s = r.bins.roundUp(max(uint32((size+r.config.Granule-1)>>(r.shift&63)), 1))
	slack := r.alignment(align) - 1
	bin, ok := r.bins.from(r.bins.of(r.bins.roundUp(s + slack)))
	if !ok {
		return 0, 0, ErrExhausted
	}
	return r.heads[bin], s, nil
}

// gap is how many granules node i must give up for its end to be aligned.
func (r *Ranges) gap(i uint32, align uint64) uint32 {
	return -r.nodes[i].offset & (r.alignment(align) - 1)
}

// alignment is align in granules, at least 1.
func (r *Ranges) alignment(align uint64) uint32 { return max(uint32(align>>(r.shift&63)), 1) }

// bytes is the size of n granules.
func (r *Ranges) bytes(n uint32) uint64 { return uint64(n) << (r.shift & 63) }

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
		r.bytes(n.offset) != x.Offset || r.bytes(n.size) != x.Size {
		return ErrStaleRange
	}
	n.generation++
	r.live--
	r.used -= n.size
	before, after := n.before, n.after
	switch p, q := &r.nodes[before], &r.nodes[after]; {
	case p.free && q.free:
		r.unlist(after)
		r.resize(before, p.size+n.size+q.size)
		r.remove(i)
		r.remove(after)
	case p.free:
		r.resize(before, p.size+n.size)
		r.remove(i)
	case q.free:
		q.offset = n.offset
		r.resize(after, n.size+q.size)
		r.remove(i)
	default:
		r.list(i)
	}
	return nil
}

// insert takes an unused node for a block and puts it between two others. There always
// is one: gaps are merged, so no more than MaxRanges+1 are between live ranges.
func (r *Ranges) insert(offset, size, before, after uint32) uint32 {
	i := r.unused
	n := &r.nodes[i]
	r.unused = n.next
	n.offset, n.size, n.before, n.after = offset, size, before, after
	r.nodes[before].after, r.nodes[after].before = i, i
	return i
}

// remove takes a node out of the space, whose block became part of another.
func (r *Ranges) remove(i uint32) {
	n := &r.nodes[i]
	r.nodes[n.before].after, r.nodes[n.after].before = n.after, n.before
	n.size = 0
	n.next = r.unused
	r.unused = i
}

// resize gives a free block another size. Mostly it stays in its bin, and its place there.
func (r *Ranges) resize(i, size uint32) {
	n := &r.nodes[i]
	if r.bins.of(n.size) == r.bins.of(size) {
		n.size = size
		return
	}
	r.unlist(i)
	n.size = size
	r.list(i)
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
	for i := r.nodes[0].after; i != 0; i = r.nodes[i].after {
		n := &r.nodes[i]
		x := Range{r.bytes(n.offset), r.bytes(n.size), r.number, i, n.generation}
		if !yield(x, !n.free) {
			return
		}
	}
}
