package core

import "unsafe"

// Frame is memory that lives from [Lane.Begin] to its End. A lane has one Frame
// value, which each Begin opens anew.
type Frame struct {
	// Positions are offsets from base. The fast path ends at limit: the frame's end,
	// the position where the next budget would be exceeded, or closed, when every
	// request takes the slow path.
	base   unsafe.Pointer
	next   int
	limit  int
	cell   *uint64 // of the current segment: the one that memory is taken from
	epoch  uint64  // its content
	allocs int
	extra  int // bytes from the heap, for requests that a budget promoted
	end    int

	// The fields that End reads follow, so that it touches few cache lines.
	number   uint64
	lane     *Lane
	peak     int
	marks    int  // segments in use; see cells
	active   bool // between Begin and End
	warned   bool
	eventful bool // summary holds something
	tags     labels
	phases   labels
	intents  labels

	// Each mark opens a segment. A segment's cell holds its epoch while it
	// lives and 0 when it is over; epochs never repeat. So one comparison tells
	// whether the memory behind a Ref is still its own.
	cells    []uint64
	saved    []count      // counts as they were at each mark
	counts   []count      // of the three dimensions
	overflow Group        // what a budget promoted; not empty only if eventful
	summary  FrameSummary // of unusual events
}

// closed is a limit below every position.
const closed = -1

// slow serves what the fast path does not: n·size bytes beyond a limit, and all
// that is to be refused.
//
//go:noinline
func (f *Frame) slow(size, align, most, n int) (unsafe.Pointer, error) {
	l := f.lane
	switch {
	case align == 0:
		return nil, ErrToken
	case l == nil:
		return nil, ErrNotInFrame
	case !l.owned():
		return nil, ErrWrongThread
	case !f.active:
		return nil, ErrNotInFrame
	case n < 0 || n > most:
		f.events().Refused.Invalid++
		return nil, ErrSize
	}
	tag := Tag(f.tags.current)
	start := (f.next + align - 1) &^ (align - 1)
	end := start + n*size
	if end > f.end {
		return nil, l.refuse(&frameFull, n*size, tag)
	}
	switch l.books.admit(tag, end-f.next) {
	case Allow:
		f.next = end
		f.allocs++
		f.relimit()
		l.allocated(FrameTier, n*size, tag)
		return unsafe.Add(f.base, start), nil
	case Promote:
		return f.promoted(n*size, align, tag)
	}
	return nil, l.refuseOver(n*size, tag)
}

// promoted serves a request from the heap until the frame's end or a rewind.
func (f *Frame) promoted(size, align int, tag Tag) (unsafe.Pointer, error) {
	p := f.overflow.allocUnbooked(size, align, tag)
	if p == nil {
		return nil, f.lane.refuse(&overflowFull, size, tag)
	}
	f.extra += size
	f.allocs++
	f.events().Overflow += size
	f.relimit()
	f.lane.allocated(HeapTier, size, tag)
	return p, nil
}

// relimit moves the fast path's end to the nearest line of a budget.
func (f *Frame) relimit() {
	f.limit = f.end
	if f.lane.books.guarded {
		f.lane.books.rebalance()
	}
}

// region is the frame's memory.
func (f *Frame) region() []byte { return unsafe.Slice((*byte)(f.base), f.end) }
