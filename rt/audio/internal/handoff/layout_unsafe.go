package handoff

import (
	"sync/atomic"
	"unsafe"
)

const (
	magic   = 0x4d4b4831
	version = 3
)

// layout is struct memkit_handoff of handoff.h, word for word.
type layout struct {
	magic, version                      uint32
	in, out                             uint32
	maxFrames                           uint32
	onMiss                              uint32
	records                             uint32
	stride                              uint32
	inAt, outAt, lastAt, recordsAt      uint32
	period, budget, least               int64
	gate, reformat                      atomic.Uint32
	_                                   [48]byte
	posted                              uint32
	_                                   [60]byte
	done                                uint32
	_                                   [60]byte
	frame                               int64
	n, flags                            uint32
	inTime, outTime, deadline, postedAt int64
	begin                               int64
	_                                   [8]byte
	cycles, misses, late                atomic.Uint64
	xrunsIn, xrunsOut, unrecorded       atomic.Uint64
	_                                   [16]byte
	next                                int64
	gap, silenced, lastN, postedN       uint32
	seenReformat, row                   uint32
	_                                   [32]byte
	head                                atomic.Uint64
	_                                   [56]byte
	tail                                atomic.Uint64
	_                                   [56]byte
}

// Record is one cycle as the driver saw it: struct memkit_record.
type Record struct {
	// Sequence was posted in this cycle, or before it when the block was not free.
	Sequence uint32
	// Flags are the block's, Missed, Late and Raised.
	Flags uint32
	// Begin of the cycle, Entry of the driver's call and End of it.
	Begin, Entry, End int64
	// Frame is the number of the first frame, N how many.
	Frame int64
	N     uint32
	// Number is Cycle's.
	Number uint32
	_      [16]byte
}

const (
	layoutSize = int(unsafe.Sizeof(layout{}))
	recordSize = int(unsafe.Sizeof(Record{}))
)

// view lays the layout over memory, which is large enough and aligned to 64.
func view(memory []byte) *layout { return (*layout)(unsafe.Pointer(&memory[0])) }

// samples is n float32 at an offset of memory.
func samples(memory []byte, at, n int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(&memory[at])), n)
}

// recordsIn is n records at an offset of memory.
func recordsIn(memory []byte, at, n int) []Record {
	return unsafe.Slice((*Record)(unsafe.Pointer(&memory[at])), n)
}

// aligned reports whether memory starts at a cache line.
func aligned(memory []byte) bool { return uintptr(unsafe.Pointer(&memory[0]))%cacheLine == 0 }

// Pointer is the region's address, for a driver half in C.
func (r *Region) Pointer() unsafe.Pointer { return unsafe.Pointer(&r.memory[0]) }
