package tlsf

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// A pool is cut into blocks without gaps. Block b, an index in words of 8 bytes,
// has its header at base+8b and its payload at base+8b+8:
//
//	      b       b+1                                 b+size
//	───┬──────┬──┬───────────────────────────────────┬──────┬──┬───
//	   │ prev │  │ payload of a live block;          │ prev │  │
//	   │ Phys │tag│ nextFree and prevFree of a free  │ Phys │tag│
//	───┴──────┴──┴───────────────────────────────────┴──────┴──┴───
//	     header                                        header of the next block
//
// Indices are odd and sizes are even numbers of words, so every payload is
// aligned to 16 bytes at a cost of 8 for the header. Indices are uint32 and not
// pointers: half the size, no write barriers, and the region may be memory that
// the garbage collector does not know.
const (
	wordSize   = 8
	unitSize   = 16 // sizes and addresses of payloads are multiples of it
	headerSize = 8

	maxRegion = (1<<30 - 2) * wordSize // bytes that a tag's size can express
	maxSpan   = 1<<32 - 1              // words that an index can express
)

// A block's tag is its size in words with three flags in the bits that a size
// leaves free.
const (
	sizeMask     = 1<<30 - 2
	alignedFlag  = 1       // the block came from AllocAligned; Realloc keeps its alignment
	prevFreeFlag = 1 << 30 // the block before this one is free
	freeFlag     = 1 << 31
)

// block is a header and, of a free block, its links. An overrun of the block
// before it destroys prevPhys first, and prevPhys is what Free verifies. The free
// blocks of a bin form a circular list through the bin's cell, which has the links
// of a block and the bin's number for an index.
type block struct {
	prevPhys           uint32 // index of the block before this one in memory
	tag                uint32
	nextFree, prevFree uint32 // neighbours in the bin's list
}

// at addresses block i. The hot paths index with uint64, which needs no conversion
// in machine code. It is exempt from checkptr because the end of a region holds only
// the first half of a block, and because pools that were added are separate
// allocations in builds where arenas are Go memory.
//
//go:nocheckptr
func at[I uint32 | uint64](base unsafe.Pointer, i I) *block {
	return (*block)(unsafe.Add(base, uintptr(i)*wordSize))
}

// payload is the address that a caller knows block b by.
//
//go:nocheckptr
func payload[I uint32 | uint64](base unsafe.Pointer, b I) unsafe.Pointer {
	return unsafe.Add(base, uintptr(b)*wordSize+headerSize)
}

// link makes b the first block in the list of a bin.
func link[I uint32 | uint64](base unsafe.Pointer, b, bin I) {
	cell, x := at(base, bin), at(base, b)
	next := uint64(cell.nextFree)
	cell.nextFree = uint32(b)
	x.nextFree, x.prevFree = uint32(next), uint32(bin)
	at(base, next).prevFree = uint32(b)
}

// unlink removes b from the list of its bin. It returns b's neighbours, which are
// the same only when the list is empty now; both are then the bin.
func unlink[I uint32 | uint64](base unsafe.Pointer, b I) (next, prev uint32) {
	x := at(base, b)
	n, p := uint64(x.nextFree), uint64(x.prevFree)
	at(base, n).prevFree = uint32(p)
	at(base, p).nextFree = uint32(n)
	return uint32(n), uint32(p)
}

// poison makes the free block [b, b+s) unaddressable, all but its header and its
// links.
func poison[I uint32 | uint64](base unsafe.Pointer, b, s I) {
	debug.Poison(unsafe.Add(payload(base, b), headerSize), uintptr(s)*wordSize-2*headerSize)
}

// unpoison makes the payload of [b, b+s) addressable; headers always are.
func unpoison[I uint32 | uint64](base unsafe.Pointer, b, s I) {
	debug.Unpoison(payload(base, b), uintptr(s)*wordSize-headerSize)
}

// wordsFor is the size of a block with n bytes of payload, before rounding to
// a bin. The caller has checked n.
func wordsFor(n uintptr) uint32 {
	return uint32((n+headerSize+unitSize-1)/wordSize) &^ 1
}
