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

// release changes where the box is, for a caller whom no other can forestall: its
// lane, while the cell is free, and whoever moved it to cellClosing. Who then finds
// the new state finds the cell's other fields as well.
func (c *transferCell) release(serial, to uint64) { atomics.StoreRelease(&c.state, serial<<2|to) }

// freeCell finds a cell for the next Send. A cell whose serials are used up
// retires.
func (l *Lane) freeCell() (index int, serial uint64) {
	for range l.cells {
		i := l.nextCell
		if l.nextCell++; l.nextCell == len(l.cells) {
			l.nextCell = 0
		}
		if s := atomics.Load(&l.cells[i].state); s&3 == cellFree && s>>2 < lastSerial {
			return i, s>>2 + 1
		}
	}
	return -1, 0
}
