package core

import (
	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/errkind"
)

// Transfer is a box on its way from one lane to another: a number, so that it
// can go through a ring between real-time threads. One Accept turns it into the
// box; it names its sender's allocator only.
//
//	lane (10 bits) | cell (16 bits) | serial number of the Send (38 bits)
type Transfer[T any] uint64

// Send gives the box up: it and its copies are stale. The memory stays where it
// is. A box that was accepted from another lane can be sent on. Send fails with
// [ErrStale], or with [ErrExhausted] when Config.Transfers boxes are away; then
// the box is still the caller's.
//
// Cost: O(1) amortised. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound Config.Transfers turns
func (b Box[T]) Send() (Transfer[T], error) {
	if b.cell != nil {
		return b.resend()
	}
	if b.origin == nil {
		return 0, ErrStale
	}
	l := b.origin.lane
	if !l.owned() {
		return 0, ErrWrongThread
	}
	if !b.live() {
		return 0, ErrStale
	}
	i, serial := l.freeCell()
	if i < 0 {
		return 0, l.refuse(&transfersFull, sizeOf[T](), l.tag())
	}
	b, ok := b.renew()
	if !ok {
		return 0, l.refuse(&generations, sizeOf[T](), l.tag())
	}
	l.cells[i].send(serial, b.p, b.origin, b.handle)
	l.stats.Add(&l.stats.Current().Sent, 1)
	return transferOf[T](l, i, serial), nil
}

// resend passes on a box of another lane.
func (b Box[T]) resend() (Transfer[T], error) {
	if b.handle == lastSerial {
		return 0, errSerials
	}
	if !atomics.CompareAndSwap(&b.cell.state, b.handle<<2|cellAccepted, (b.handle+1)<<2|cellSent) {
		return 0, ErrStale
	}
	return transferOf[T](b.origin.lane, b.cell.index, b.handle+1), nil
}

var errSerials = errkind.Errorf(ErrExhausted, "core: transfer: the box has been sent on 2³⁸ times; copy the value to a new box")

func transferOf[T any](l *Lane, cell int, serial uint64) Transfer[T] {
	return Transfer[T](uint64(l.index)<<(cellBits+serialBits) | uint64(cell)<<serialBits | serial)
}

// Accept makes the box the lane's. It succeeds once; after that, and for a
// number that is no transfer of a T in the lane's allocator, it answers
// [ErrTransfer].
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t Transfer[T]) Accept(l *Lane) (Box[T], error) {
	if !l.owned() {
		return Box[T]{}, ErrWrongThread
	}
	origin, cell := uint64(t)>>(cellBits+serialBits), uint64(t)>>serialBits&(1<<cellBits-1)
	serial := uint64(t) & lastSerial
	if origin >= uint64(len(l.a.lanes)) || cell >= uint64(len(l.a.lanes[origin].cells)) {
		return Box[T]{}, ErrTransfer
	}
	c := &l.a.lanes[origin].cells[cell]
	if !c.open(serial) {
		return Box[T]{}, ErrTransfer
	}
	value, ok := c.value.(*T)
	if !ok {
		c.release(serial, cellSent)
		return Box[T]{}, ErrTransfer
	}
	b := Box[T]{value, c.origin, c.handle, nil}
	l.stats.Add(&l.stats.Current().Accepted, 1)
	if origin == uint64(l.index) {
		c.release(serial, cellFree)
		return b, nil
	}
	b.cell, b.handle = c, serial
	c.release(serial, cellAccepted)
	return b, nil
}
