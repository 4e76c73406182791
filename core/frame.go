package core

import "github.com/memkit-go/memkit/internal/seqlock"

// begin opens the frame. The cost does not depend on what the last one held.
func (f *Frame) begin() {
	f.number++
	f.next, f.allocs, f.extra, f.peak = 0, 0, 0, 0
	f.warned = false
	f.marks = 0
	f.segment()
	f.tags.begin()
	f.phases.begin()
	f.intents.begin()
	if f.eventful {
		f.summary = FrameSummary{}
		f.eventful = false
	}
	f.active = true
	f.relimit()
}

// segment opens the next segment.
func (f *Frame) segment() {
	f.lane.epoch++
	f.epoch = f.lane.epoch
	f.cells[f.marks] = f.epoch
	f.cell = &f.cells[f.marks]
	f.marks++
}

// End takes back everything that was allocated in the frame, carries out the
// promotions that were asked for, and reports. References into the frame are
// stale from here on.
//
// Cost: O(marks + promotions) and what deferred frees, poisoning and hooks take. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each mark, promotion, promoted block and deferred free
func (f *Frame) End() (s FrameSummary, err error) {
	l := f.lane
	if l == nil || !f.active {
		return s, ErrNotInFrame
	}
	if !l.owned() {
		return s, ErrWrongThread
	}
	if l.promising|l.books.drawn|l.drainAtEnd|int(f.tags.depth|f.phases.depth) != 0 || f.marks > 1 || f.eventful {
		f.cleanUp()
	}
	*f.cell = 0
	f.seal()
	f.limit = closed
	f.active = false
	if f.eventful {
		s = f.summary
	}
	s.Frame, s.Bytes, s.Allocs = f.number, f.bytes(), f.allocs
	s.Peak = max(f.peak, s.Bytes)
	c := l.stats.Begin()
	seqlock.Store(&c.Frames, c.Frames+1)
	seqlock.Store(&c.Allocs, c.Allocs+uint64(s.Allocs))
	seqlock.Store(&c.FrameBytes, uint64(s.Bytes))
	seqlock.Store(&c.FramePeak, max(c.FramePeak, uint64(s.Peak)))
	l.storeHeld(c)
	l.stats.End()
	if l.onEnd != nil {
		f.notifyEnd(s)
	}
	return s, nil
}

//go:noinline
func (f *Frame) notifyEnd(s FrameSummary) {
	*f.events() = s
	//rt:allow ML610 reason="the hook is the user's"
	f.lane.onEnd(f.lane.index, &f.summary)
}

// events returns the frame's summary, where unusual events are recorded.
func (f *Frame) events() *FrameSummary {
	f.eventful = true
	return &f.summary
}

// relimitSlow keeps the code of a budget's slow path out of Scope.End.
//
//go:noinline
func (f *Frame) relimitSlow() { f.relimit() }

// cleanUp does what the end of most frames need not do.
//
//go:noinline
func (f *Frame) cleanUp() {
	l := f.lane
	if l.promising > 0 {
		l.promoteAll()
	}
	clear(f.cells[:f.marks])
	f.overflow.drop(0)
	f.tags.end(f)
	f.phases.end(f)
	f.active = false
	if l.books.drawn > 0 {
		l.books.returnAllBut(0)
		l.books.rebalance()
	}
	if l.drainAtEnd > 0 {
		l.drainIn(f, l.drainAtEnd)
	}
}

// Number counts the lane's frames from 1.
func (f *Frame) Number() uint64 { return f.number }

// bytes counts the allocations so far, in the frame and promoted to the heap.
func (f *Frame) bytes() int { return f.next + f.extra }

// Used returns the bytes allocated so far, padding included; after End what they
// were then.
func (f *Frame) Used() int { return f.bytes() }

// Cap returns the frame's size in bytes.
func (f *Frame) Cap() int { return f.end }

// Lane returns the lane that the frame belongs to.
func (f *Frame) Lane() *Lane { return f.lane }

// Push puts a tag in force until the scope's End:
//
//	defer f.Push(textures).End()
//
// An unknown tag counts as the zero Tag.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Frame) Push(t Tag) Scope {
	s := f.tags.open(uint16(t), f)
	if s.labels != nil && f.lane.books.budgeted {
		f.relimitSlow()
	}
	return s
}

// Phase puts a phase in force until the scope's End. Bytes belong to the
// innermost phase.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Frame) Phase(p Phase) Scope { return f.phases.open(uint16(p), f) }

// usable also guards Scope.End: a scope without a frame has number 0, which no
// running frame has.
func (f *Frame) usable() bool { return f.active && f.lane.owned() }

// With runs fn with an intent in force and returns its error.
func (f *Frame) With(i Intent, fn func() error) error {
	if !f.usable() {
		return f.misuse()
	}
	s := f.intents.open(uint16(i), f)
	defer s.End()
	return fn()
}

// misuse says why the frame is not usable.
func (f *Frame) misuse() error {
	if f.lane != nil && !f.lane.owned() {
		return ErrWrongThread
	}
	return ErrNotInFrame
}

// Tag returns the tag in force.
func (f *Frame) Tag() Tag { return Tag(f.tags.current) }

// Intent returns the intent in force.
func (f *Frame) Intent() Intent { return Intent(f.intents.current) }

// TagBytes returns what a tag has in the running frame.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Frame) TagBytes(t Tag) int {
	if int(t) >= len(f.tags.counts) {
		return 0
	}
	return f.tags.bytes(uint16(t), f)
}
