//go:build linux && go1.26 && !go1.27 && (amd64 || arm64)

package machine

import (
	"sync"
	"unsafe"
)

// runtimeP and runtimeCache are the beginnings of the runtime's types p and mcache,
// whose layout is the same on both architectures in all of Go 1.26. TestPCounts and
// rt's TestStops compare the values read there with the operations that ran.
type runtimeP struct {
	id          int32
	_           uint32
	_           uintptr
	schedtick   uint32
	syscalltick uint32
	_           [3]int64 // sysmontick
	_           uintptr
	mcache      *runtimeCache
}

type runtimeCache struct {
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

// currentP is the P of the calling goroutine: g.m.p.
//
//go:noescape
//rt:trust reason="it reads a field of the thread"
func currentP() unsafe.Pointer

// countsKnown reports whether the runtime's counts are where this file expects
// them: an allocation of 64 bytes must lower nextSample by 64. It is checked once,
// before the first loop.
var countsKnown = sync.OnceValue(func() bool {
	for range 32 { // a sample for the heap profile hides one
		procPin()
		p := (*runtimeP)(currentP())
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

// ReadP reads the counts of the P that the calling goroutine holds. It sets the
// result field by field, which takes 11 ns; with a composite literal, which the
// compiler builds elsewhere and copies, it takes 23.
func ReadP() (h PCounts) {
	h.P = procPin()
	//rt:allow ML603 reason="its Once was done when the loop was made"
	if countsKnown() {
		p := (*runtimeP)(currentP())
		h.Known = true
		h.Schedules, h.Calls = p.schedtick, p.syscalltick
		h.Sample, h.Tiny = p.mcache.nextSample, p.mcache.tinyAllocs
	}
	procUnpin()
	return h
}

// ReadStops counts how often garbage collections have stopped the world: once before
// marking, seen by the write barrier that is on, and once after it, seen by the
// cache's flush generation, which each P updates before it runs a goroutine again.
func ReadStops() (n uint32) {
	if marking() {
		n = 1
	}
	procPin()
	n += (*runtimeP)(currentP()).mcache.flushGen
	procUnpin()
	return n
}
