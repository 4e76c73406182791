package core

import "github.com/memkit-go/memkit/internal/atomics"

// transferCell follows one box that is with other lanes. Its state is a serial
// number and where the box is; every Send has a serial of its own, so that a
// Transfer accepted twice, and a Box sent on, are seen.
type transferCell struct {
	state  uint64 // atomic: serial<<2 | one of the constants
	value  any    // *T
	origin *origin
	handle uint64
	index  int // among its lane's cells

	_ [16]byte // a cell is a cache line
}

const (
	cellFree = iota
	cellSent
	cellAccepted
	cellClosing
)

const (
	serialBits = 38
	cellBits   = 16
	lastSerial = 1<<serialBits - 1
)

func (c *transferCell) holds(serial uint64) bool {
	return atomics.Load(&c.state) == serial<<2|cellAccepted
}

// move changes where the box is, once.
func (c *transferCell) move(serial, from, to uint64) bool {
	return atomics.CompareAndSwap(&c.state, serial<<2|from, serial<<2|to)
}

// send puts a box into a free cell of the caller's lane.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
// The state is released last: who finds the box sent finds the whole box.
//
//rt:nonblocking
//rt:nonallocating
func (c *transferCell) send(serial uint64, value any, o *origin, handle uint64) {
	if atomics.Explored {
		atomics.Writes(&c.handle)
	}
	c.value, c.origin, c.handle = value, o, handle
	c.release(serial, cellSent)
}

// open gives a box that was sent with serial to one of those who ask for it, who
// must release the cell.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (c *transferCell) open(serial uint64) bool {
	if !c.move(serial, cellSent, cellClosing) {
		return false
	}
	if atomics.Explored {
		atomics.Reads(&c.handle)
	}
	return true
}

// close gives a box that was accepted as serial back to one of those who do so, who
// must release the cell.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (c *transferCell) close(serial uint64) bool {
	if !c.move(serial, cellAccepted, cellClosing) {
		return false
	}
	if atomics.Explored {
		atomics.Reads(&c.handle)
	}
	return true
}

// next is the serial number of the next Send through a free cell. A cell whose
// serials are used up is free no more.
func (c *transferCell) next() (serial uint64, free bool) {
	s := atomics.Load(&c.state)
	return s>>2 + 1, s&3 == cellFree && s>>2 < lastSerial
}

// release changes where the box is, for a caller whom no other can forestall: its
// lane, while the cell is free, and whoever moved it to cellClosing. Who then finds
// the new state finds the cell's other fields as well.
func (c *transferCell) release(serial, to uint64) { atomics.StoreRelease(&c.state, serial<<2|to) }

// freeCell finds a cell for the next Send.
func (l *Lane) freeCell() (index int, serial uint64) {
	for range l.cells {
		i := l.nextCell
		if l.nextCell++; l.nextCell == len(l.cells) {
			l.nextCell = 0
		}
		if serial, free := l.cells[i].next(); free {
			return i, serial
		}
	}
	return -1, 0
}
