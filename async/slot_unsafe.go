package async

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
)

// slot is what a handle of the pool or the heap names. Its state is a generation and
// a status:
//
//	generation (62 bits) | free, held, idle or open (2 bits)
//
// A handle has the state of its time. Whoever ends the handle changes the state by a
// compare-and-swap, so that of several attempts one succeeds. A generation never
// comes back: at 10⁹ a second the counter lasts 146 years.
type slot struct {
	state uint64
	value unsafe.Pointer
	items *items // nil for the heap's
	heap  *Heap
	link  uint64 // to the next free slot: index+1
	index uint32
	size  int // bytes of the value

	// The slot's place among idle slots, under the items' lock, or in a pipe, under
	// the pipe's.
	links[slot]
	_ [56]byte // keeps the states of two slots out of one cache line
}

const (
	free = 0
	held = 1
	idle = 2
	open = 3 // free, and not in the stack: found through items.front, or by a search

	stateMask  = 3
	generation = 4
)

// hold marks a slot that was taken from the free list, and returns the handle's
// state. No other goroutine changes the state of such a slot.
func (s *slot) hold() uint64 {
	state := atomics.Load(&s.state)&^stateMask | held
	atomics.StoreRelease(&s.state, state)
	return state
}

// claim takes an open slot. Its handle's state is state with held.
func (s *slot) claim(state uint64) bool {
	return atomics.CompareAndSwap(&s.state, state, state-open+held)
}

// is reports whether a handle's state is current.
func (s *slot) is(state uint64) bool { return s != nil && atomics.Load(&s.state) == state }

// end makes the handle with a state stale, and reports whether it was current.
func (s *slot) end(state uint64) bool {
	return atomics.CompareAndSwap(&s.state, state, state&^stateMask+generation+free)
}

// move makes the handle stale and returns the state of the one that replaces it.
func (s *slot) move(state uint64) (uint64, bool) {
	next := state&^stateMask + generation | held
	return next, atomics.CompareAndSwap(&s.state, state, next)
}
