//go:build linux && go1.26 && !go1.27 && (amd64 || arm64)

package rt

import (
	"sync"
	"unsafe"
)

// processor and cache are the runtime's p, its beginning, and mcache, whose
// layout is the same on both architectures in all of Go 1.26; TestHeld and TestStops
// compare what they count with what was done.
type processor struct {
	id          int32
	_           uint32
	_           uintptr
	schedtick   uint32
	syscalltick uint32
	_           [3]int64 // sysmontick
	_           uintptr
	mcache      *cache
}

type cache struct {
	nextSample int64
	_          [4]uintptr
	tinyAllocs uintptr
	_          [2][spanClasses]uintptr // alloc, reusableNoscan
	_          [stackOrders][2]uintptr // stackcache
	flushGen   uint32
}

const (
	spanClasses = 2 * 68
	stackOrders = 4
)

// heldProcessor is the P of the calling goroutine: g.m.p.
//
//go:noescape
func heldProcessor() unsafe.Pointer

// countsKnown says whether the runtime's counts are where this file expects them:
// one allocation of 64 bytes must show as exactly that. Checked once, before the
// first loop.
var countsKnown = sync.OnceValue(func() bool {
	for range 32 { // a sample for the heap profile hides one
		procPin()
		p := (*processor)(heldProcessor())
		same := int(p.id) == procPin()
		procUnpin()
		before := p.mcache.nextSample
		allocation = new([64]byte)
		after := p.mcache.nextSample
		procUnpin()
		if same && before-after == int64(unsafe.Sizeof(*allocation)) {
			return true
		}
	}
	return false
})

var allocation *[64]byte

// lookHeld reads the counts of the P that the calling goroutine holds. Field by
// field: a whole literal is copied over the fields just stored, which made it cost
// 23 ns and not 11.
func lookHeld() (h held) {
	h.p = procPin()
	if countsKnown() {
		p := (*processor)(heldProcessor())
		h.known = true
		h.schedules, h.calls = p.schedtick, p.syscalltick
		h.sample, h.tiny = p.mcache.nextSample, p.mcache.tinyAllocs
	}
	procUnpin()
	return h
}

// lookStops counts the times that a collection has stopped the world: once before it
// marks, while the write barrier is on, and once after, when it goes on to the next
// generation. A P comes to that before it runs anything more.
func lookStops() (n uint32) {
	if marking() {
		n = 1
	}
	procPin()
	n += (*processor)(heldProcessor()).mcache.flushGen
	procUnpin()
	return n
}
