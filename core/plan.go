package core

import (
	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/ring"
)

// regions is a lane's part of the arena.
type regions struct {
	frames [frameCopies][]byte
	heap   []byte
	slots  []byte
	queue  []byte
}

// plan reserves the regions of one lane. Frames start and end on pages, so that
// ended ones can be made inaccessible.
func plan(c *Config, b *layout) regions {
	var r regions
	for i := range r.frames {
		r.frames[i] = b.reserve((c.FrameSize+MaxAlign-1)&^(MaxAlign-1), MaxAlign)
	}
	r.heap = b.reserve(c.HeapSize, MaxAlign)
	r.slots = b.reserve(pool.HandlesSize[block](c.Boxes), 64)
	r.queue = b.reserve(ring.MPMCSize[release](c.Deferred.Capacity), 64)
	return r
}

func (l *Lane) init(a *Allocator, index int, r regions) error {
	c := &a.config
	l.a, l.index = a, index
	l.regions = r.frames
	l.onBegin, l.onEnd = c.Hooks.OnBegin, c.Hooks.OnEnd
	switch d := &c.Deferred; d.Mode {
	case AtBegin:
		l.drainAtBegin = d.Capacity
	case Incremental:
		l.drainAtBegin = d.Step
	case AtEnd:
		l.drainAtEnd = d.Capacity
	}
	l.err.names = a.tagNames
	l.books = accounts{
		frame: &l.frame, tagBudgets: a.tagBudgets, laneBudget: &c.LaneBudget,
		shared: a.budget, hooks: &c.Hooks, stats: &l.stats,
		tags:    make([]allowance, c.Tags),
		refusal: BudgetError{names: a.tagNames},
	}
	l.cells = make([]transferCell, c.Transfers)
	for i := range l.cells {
		l.cells[i].index = i
	}
	l.pending = make([]pool.Handle[promise], c.Promotions)
	l.frame.init(l)
	if err := l.heap.init(l, &r); err != nil {
		return err
	}
	l.origins = []releaser{&l.heap}
	var err error
	if l.promises, err = pool.NewHandlesSlab[promise](c.Promotions); err != nil {
		return err
	}
	l.queue, err = ring.CreateMPMC[release](r.queue, c.Deferred.Capacity)
	return err
}

func (f *Frame) init(l *Lane) {
	c := &l.a.config
	f.lane = l
	f.end = c.FrameSize
	f.limit = closed
	f.cells = make([]uint64, c.Marks+1)
	f.counts = make([]count, c.Tags+c.Phases+int(intents))
	f.saved = make([]count, c.Marks*len(f.counts))
	f.tags.counts = f.counts[:c.Tags]
	f.phases.counts = f.counts[c.Tags : c.Tags+c.Phases]
	f.intents.counts = f.counts[c.Tags+c.Phases:]
	f.overflow.lane = l
	f.choose(0)
}

// shut makes a closed allocator's lane refuse everything.
func (l *Lane) shut() {
	l.taken = false
	l.queue.Close()
}
