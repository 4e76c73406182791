package core

// Mark is a position in a frame, to which one Rewind can go back.
type Mark struct {
	epoch        uint64
	index        int
	next, extra  int
	allocs       int
	overflow     uint64
	tags, phases position
	intents      position
}

// Mark remembers the frame's position. When the frame has had Config.Marks of
// them, the mark returned is one that Rewind refuses with [ErrMarks].
//
// Cost: O(tags + phases). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Frame) Mark() Mark {
	if !f.usable() || f.marks == len(f.cells) {
		return Mark{}
	}
	f.tags.charge(f)
	f.phases.charge(f)
	f.intents.charge(f)
	m := Mark{
		index:    f.marks,
		next:     f.next,
		extra:    f.extra,
		allocs:   f.allocs,
		overflow: f.overflow.head,
		tags:     f.tags.position(),
		phases:   f.phases.position(),
		intents:  f.intents.position(),
	}
	copy(f.savedAt(m.index), f.counts)
	f.segment()
	m.epoch = f.epoch
	return m
}

func (f *Frame) savedAt(mark int) []count {
	n := len(f.counts)
	return f.saved[(mark-1)*n : mark*n]
}

// Rewind frees everything allocated since the mark, ends the scopes opened since,
// and uses the mark up. References to the freed memory are stale. A mark of another
// frame, or one inside a part that was rewound before, is refused with [ErrStale].
//
// Cost: O(tags + phases + marks since). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each promoted block since
func (f *Frame) Rewind(m Mark) error {
	switch {
	case !f.usable():
		return f.misuse()
	case m.epoch == 0:
		return ErrMarks
	case m.index >= f.marks || f.cells[m.index] != m.epoch:
		return ErrStale
	}
	total := f.bytes()
	f.peak = max(f.peak, total)
	if back := total - m.next - m.extra; back > 0 {
		f.events().RolledBack += back
	}
	f.overflow.drop(m.overflow)
	f.wipe(m.next)
	clear(f.cells[m.index:f.marks])
	f.marks = m.index
	f.cell = &f.cells[m.index-1]
	f.epoch = *f.cell
	f.next, f.extra, f.allocs = m.next, m.extra, m.allocs
	copy(f.counts, f.savedAt(m.index))
	f.tags.restore(m.tags, f)
	f.phases.restore(m.phases, f)
	f.intents.restore(m.intents, f)
	if f.lane.books.drawn > 0 {
		f.lane.books.returnSurplus()
	}
	f.relimit()
	return nil
}

// Try runs fn, and takes back what it allocated when it fails or panics. It
// returns fn's error, or [ErrMarks] without running it.
func (f *Frame) Try(fn func() error) error {
	m := f.Mark()
	if m.epoch == 0 {
		if !f.usable() {
			return f.misuse()
		}
		return ErrMarks
	}
	kept := false
	defer func() {
		if !kept {
			f.Rewind(m)
		}
	}()
	err := fn()
	kept = err == nil
	if kept {
		f.keep(m)
	}
	return err
}

// keep forgets a mark. If nothing was allocated since, its segment is free for
// the next one.
func (f *Frame) keep(m Mark) {
	if f.marks == m.index+1 && f.cells[m.index] == m.epoch && f.next == m.next && f.allocs == m.allocs {
		f.cells[m.index] = 0
		f.marks = m.index
		f.cell = &f.cells[m.index-1]
		f.epoch = *f.cell
	}
}
