//go:build linux && go1.26 && !go1.27 && (amd64 || arm64)

package rt

import (
	"sync"
	"unsafe"
)

// processor and cache are the beginnings of the runtime's p and mcache, whose
// layout is the same on both architectures in all of Go 1.26; TestHeld compares
// what they count with what was done.
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
}

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

// lookHeld reads the counts of the P that the calling goroutine holds.
func lookHeld() held {
	id := procPin()
	h := held{p: id}
	if countsKnown() {
		p := (*processor)(heldProcessor())
		h = held{
			p: id, known: true, schedules: p.schedtick, calls: p.syscalltick,
			sample: p.mcache.nextSample, tiny: p.mcache.tinyAllocs,
		}
	}
	procUnpin()
	return h
}
