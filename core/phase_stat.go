package core

import "iter"

// PhaseStat is one phase's share of a frame.
type PhaseStat struct {
	Phase  Phase
	Name   string
	Bytes  int
	Allocs int
	Opened int // how often the phase began
}

// TagStat is one tag's share of a frame.
type TagStat struct {
	Tag    Tag
	Name   string
	Bytes  int
	Allocs int
}

// IntentStat is one intent's share of a frame.
type IntentStat struct {
	Intent Intent
	Bytes  int
	Allocs int
}

// Phases ranges over the phases that the frame had so far, with allocations outside
// of them under the zero Phase. After End it reports the finished frame, until the
// lane's next Begin.
func (f *Frame) Phases() iter.Seq[PhaseStat] {
	return func(yield func(PhaseStat) bool) {
		f.each(&f.phases, func(id uint16, c count) bool {
			return yield(PhaseStat{Phase(id), f.lane.a.phaseNames.of(id), c.bytes, c.allocs, c.opened})
		})
	}
}

// Tags is like Phases, by tag.
func (f *Frame) Tags() iter.Seq[TagStat] {
	return func(yield func(TagStat) bool) {
		f.each(&f.tags, func(id uint16, c count) bool {
			return yield(TagStat{Tag(id), f.lane.a.tagNames.of(id), c.bytes, c.allocs})
		})
	}
}

// Intents is like Phases, by intent.
func (f *Frame) Intents() iter.Seq[IntentStat] {
	return func(yield func(IntentStat) bool) {
		f.each(&f.intents, func(id uint16, c count) bool {
			return yield(IntentStat{Intent(id), c.bytes, c.allocs})
		})
	}
}

func (f *Frame) each(l *labels, yield func(uint16, count) bool) {
	l.charge(f) // End leaves that to whoever asks
	for id, c := range l.counts {
		if c.frame == f.number && f.number != 0 && !yield(uint16(id), c) {
			return
		}
	}
}
