package core

import (
	"errors"
	"unsafe"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/pool"
)

// promise is a value that is to outlive its frame, and after the frame's end
// where it is.
type promise struct {
	from       unsafe.Pointer
	cell       *uint64
	epoch      uint64
	size       int
	align      int
	tag        Tag
	to         Retain
	importance Importance
	pool       adopter
	scratch    *Scratch

	done   bool
	err    error
	handle uint64
	value  unsafe.Pointer
}

// These are static because a lane's next refusal overwrites its Error.
var (
	errNotPromoted     = errkind.Errorf(ErrExhausted, "core: promotion: no memory was left where the value was to go; raise Config.HeapSize, or make the pool or scratch larger")
	errPromotionBudget = errkind.Errorf(ErrBudget, "core: promotion: a budget refused the value's bytes; raise it, or free some")
)

// adopter is a pool, whatever its type.
type adopter interface {
	adopt(from unsafe.Pointer, t Tag) (uint64, unsafe.Pointer, error)
}

// promoteAll keeps the frame's promises, the most important first.
func (l *Lane) promoteAll() {
	for i := int(Critical); i >= int(Low); i-- {
		for _, h := range l.pending[:l.promising] {
			if p := l.promises.At(h); p != nil && p.importance == Importance(i) {
				l.promote(p)
			}
		}
	}
	l.promising = 0
}

func (l *Lane) promote(p *promise) {
	s := &l.frame.events().Promoted
	p.done = true
	switch {
	case *p.cell != p.epoch:
		p.err = ErrStale
		s.Stale++
		return
	case p.to == Discard:
		p.err = ErrStale
		s.Discarded++
		return
	}
	switch err := l.move(p); {
	//rt:allow ML610 reason="the errors are those of this package"
	//rt:allow ML613 reason="errors.Is compares types, and changes nothing"
	case errors.Is(err, ErrBudget):
		p.err = errPromotionBudget
		s.Failed.Budget++
		return
	case err != nil:
		p.err = errNotPromoted
		s.Failed.Exhausted++
		return
	}
	switch p.to {
	case ToPool:
		s.ToPool++
	case ToHeap:
		s.ToHeap++
	case ToScratch:
		s.ToScratch++
	}
}

// move copies the value to where it was promised.
func (l *Lane) move(p *promise) (err error) {
	if p.to == ToPool {
		p.handle, p.value, err = p.pool.adopt(p.from, p.tag)
		return err
	}
	if p.to == ToScratch {
		p.value, err = p.scratch.alloc(p.size, p.align)
		p.epoch = p.scratch.epoch
	} else {
		var h pool.Handle[block]
		h, p.value, err = l.heap.open(p.size, p.align, p.tag, 0, HeapTier)
		p.handle = uint64(h)
	}
	if err == nil {
		copy(unsafe.Slice((*byte)(p.value), p.size), unsafe.Slice((*byte)(p.from), p.size))
	}
	return err
}
