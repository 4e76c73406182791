package guard

import (
	"sync/atomic"

	"github.com/memkit-go/memkit/rt/bus"
)

// session is one arming of a controller. Each has memory of its own, and on a socket bus
// a socket of its own, so that what a stopped controller still does with an old one
// reaches nothing.
type session struct {
	cells   *cells
	hand    *bus.Memory // this side's end of the hand-over; nil on a socket bus
	socket  bus.Port    // the controller's; nil where it hands frames over
	wake    int         // the eventfd by which the controller says that it has handed over
	release func() error

	// What the guard's server tells its loop.
	gone     atomic.Bool // the controller's process has ended
	released atomic.Bool // it has closed its end in good order
}

// cells are what guard and controller tell each other all the time. Each word has one
// writer; neither side relies on what the other writes.
type cells struct {
	beat  atomic.Uint64 // the controller's
	_     [cellLine - 8]byte
	guard atomic.Uint64 // the guard's beat
	_     [cellLine - 8]byte
	// The guard's: the reason of the trip, Armed before, and the trip's times.
	reason   atomic.Uint32
	_        uint32
	at       atomic.Int64
	lastBeat atomic.Int64
	_        [cellLine - 24]byte
}

const (
	// cellLine keeps the two writers on pairs of cache lines of their own.
	cellLine = 128
	// cellBytes is what the cells take of a session's memory; the hand-over follows.
	cellBytes = 3 * cellLine
)

// sessionBytes is the size of a session's memory.
func sessionBytes() int { return cellBytes + bus.MemorySize() }

// trip is what the cells say, read once and checked: another process wrote them.
func (c *cells) trip() Trip {
	t := Trip{At: c.at.Load(), LastBeat: c.lastBeat.Load(), Reason: Reason(c.reason.Load())}
	if t.Reason >= reasons {
		t.Reason = Silent
	}
	return t
}

// publish writes a trip, the reason last.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *cells) publish(t Trip) {
	c.at.Store(t.At)
	c.lastBeat.Store(t.LastBeat)
	c.reason.Store(uint32(t.Reason))
}
