package core

import (
	"unsafe"

	"github.com/memkit-go/memkit/rt/pool"
)

// Box owns one T in a heap or a pool until it is closed, deferred or sent. It is
// a value with a generation: copies of a box that is gone are stale. The zero
// Box is stale.
//
// It has four fields because the compiler keeps no larger struct in registers.
type Box[T any] struct {
	p      *T
	origin *origin
	handle uint64        // or, in boxes from other lanes, the serial number of the Send
	cell   *transferCell // set in those
}

// heap is the origin of a box that is in no pool. Its first field is the origin.
func (b Box[T]) heap() *Heap { return (*Heap)(unsafe.Pointer(b.origin)) }

// pool is the origin of a box that is in one. Only a Pool[T] makes a Box[T] whose
// origin has an index >0, and its first field is the origin.
func (b Box[T]) pool() *Pool[T] { return (*Pool[T])(unsafe.Pointer(b.origin)) }

func (b Box[T]) live() bool {
	switch {
	case b.cell != nil:
		return b.cell.holds(b.handle)
	case b.origin == nil:
		return false
	case b.origin.index == 0:
		return b.heap().live(b.handle)
	}
	return b.pool().live(b.handle)
}

// Get returns the address of the value, or [ErrStale]. The address is good until
// the box is closed, deferred or sent.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (b Box[T]) Get() (*T, error) {
	if !b.live() {
		return nil, ErrStale
	}
	return b.p, nil
}

// Ptr is Get with nil for a stale box.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (b Box[T]) Ptr() *T {
	if !b.live() {
		return nil
	}
	return b.p
}

// Close frees the box. The box of another lane goes back through that lane's
// queue, as by Defer. A box that is gone is refused with [ErrDoubleFree].
//
// Cost: O(1), and O(size of T) in slabs. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (b Box[T]) Close() error {
	switch {
	case b.cell != nil:
		return b.Defer()
	case b.origin == nil:
		return ErrDoubleFree
	case !b.origin.lane.owned():
		return ErrWrongThread
	case b.origin.index == 0:
		return b.heap().release(b.handle)
	}
	p := b.pool()
	if p.slots.Put(pool.Handle[T](b.handle)) != nil {
		return ErrDoubleFree
	}
	if l, t := p.lane, p.tags[b.handle&p.mask]; !l.books.unbook(t, p.size) {
		l.unbookSlow(PoolTier, t, p.size)
	}
	return nil
}

// Defer hands the box to its lane's owner, which frees it when [Deferred].Mode
// says. Any thread may call it, and the box must not be used afterwards. It fails
// with [ErrDisabled] or [ErrFull], and then the box is still the caller's. A box
// that is deferred twice is detected when it is freed, and counted in LaneStats.
//
// Cost: O(1), but for FullPolicy Wait. Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each push that other threads complete meanwhile
func (b Box[T]) Defer() error {
	if b.origin == nil {
		return ErrDoubleFree
	}
	if b.cell != nil && !b.cell.close(b.handle) {
		return ErrDoubleFree
	}
	r := release{b.handle, b.origin.index}
	if b.cell != nil {
		r.handle = b.cell.handle
	}
	err := b.origin.lane.enqueue(r)
	if b.cell != nil {
		next := uint64(cellFree)
		if err != nil {
			next = cellAccepted
		}
		b.cell.release(b.handle, next)
	}
	return err
}

// renew invalidates every copy of a local box and returns the one that is good.
func (b Box[T]) renew() (Box[T], bool) {
	var ok bool
	if b.origin.index == 0 {
		b.handle, ok = b.heap().renew(b.handle)
	} else {
		b.handle, b.p, ok = b.pool().renew(b.handle)
	}
	return b, ok
}

// sizeOf is the size of a T in bytes.
func sizeOf[T any]() int { return int(unsafe.Sizeof(*(*T)(nil))) }
