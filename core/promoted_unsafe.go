package core

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/pool"
)

// Promoted is the claim to a frame's value after the frame's end, from
// [Type.Keep]. It is taken once.
type Promoted[T any] struct {
	lane   *Lane
	pool   *Pool[T]
	handle pool.Handle[promise]
}

// Keep asks for a frame's value to outlive the frame. The copy is made at End,
// and FrameSummary tells how many succeeded and why others failed. A lane holds
// up to Config.Promotions claims that were not taken.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Type[T]) Keep(f *Frame, r Ref[T], how Retention[T]) (Promoted[T], error) {
	switch {
	case t.align == 0:
		return Promoted[T]{}, ErrToken
	case !f.usable():
		return Promoted[T]{}, f.misuse()
	case r.Ptr() == nil:
		return Promoted[T]{}, ErrStale
	case how.To > ToScratch || how.Importance > Critical,
		how.To == ToPool && (how.Pool == nil || how.Pool.lane != f.lane),
		how.To == ToScratch && (how.Scratch == nil || how.Scratch.lane != f.lane):
		return Promoted[T]{}, ErrRetention
	}
	l := f.lane
	h, p := l.promises.Get()
	if p == nil {
		return Promoted[T]{}, l.refuse(&promotionsFull, t.size, f.Tag())
	}
	*p = promise{
		from: unsafe.Pointer(r.p), cell: r.cell, epoch: r.epoch,
		size: t.size, align: t.align, tag: f.Tag(),
		to: how.To, importance: how.Importance, scratch: how.Scratch,
	}
	if how.To == ToPool {
		p.pool = how.Pool
	}
	l.pending[l.promising] = h
	l.promising++
	return Promoted[T]{l, how.Pool, h}, nil
}

var errClaim = errkind.Errorf(ErrRetention, "core: the value went to a scratch if claimed by Take, and elsewhere if claimed by TakeRef; call the other one")

// Take returns the box that the value is in now. It fails with [ErrInFrame]
// before the frame's end, with the reason why the promotion failed, and with
// [ErrStale] for a value that was discarded, rolled back or taken before.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (k Promoted[T]) Take() (Box[T], error) {
	p, err := k.claim(false)
	if err != nil {
		return Box[T]{}, err
	}
	from := &k.lane.heap.origin
	if p.to == ToPool {
		from = &k.pool.origin
	}
	return Box[T]{(*T)(p.value), from, p.handle, nil}, nil
}

// TakeRef is Take for a value that went to a scratch.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (k Promoted[T]) TakeRef() (Ref[T], error) {
	p, err := k.claim(true)
	if err != nil {
		return Ref[T]{}, err
	}
	return Ref[T]{(*T)(p.value), &p.scratch.epoch, p.epoch}, nil
}

// claim ends the claim and returns the promise.
func (k Promoted[T]) claim(scratch bool) (promise, error) {
	if k.lane == nil {
		return promise{}, ErrStale
	}
	if !k.lane.owned() {
		return promise{}, ErrWrongThread
	}
	at := k.lane.promises.At(k.handle)
	switch {
	case at == nil:
		return promise{}, ErrStale
	case !at.done:
		return promise{}, ErrInFrame
	case at.err == nil && (at.to == ToScratch) != scratch:
		return promise{}, errClaim
	}
	p := *at
	k.lane.promises.Put(k.handle)
	return p, p.err
}
