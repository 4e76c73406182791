package tlsf

import (
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// Blocks are named by index: block b has its header at base+8b and its payload
// at base+8b+8. Indices are odd and sizes are even numbers of words, so every
// payload is aligned to 16 bytes at a cost of 8 for the header. Indices are
// uint32 and not pointers: half the size, no write barriers, and the region
// may be memory that the garbage collector does not know.
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
	sizeMask  = 1<<30 - 2
	isAligned = 1       // the block came from AllocAligned, and Realloc must keep that
	prevFree  = 1 << 30 // the block before this one is free
	isFree    = 1 << 31
)

// block is a block as the heap sees it. An overrun of the block before it
// destroys prev first, and prev is what Free verifies. A free block's links
// lie where its payload was; bins are circular lists through a cell that has
// the links of a block and the bin's number for an index.
type block struct {
	prev       uint32 // index of the block before
	tag        uint32
	next, last uint32 // the neighbours in the bin, of a free block
}

// at addresses block i. It is exempt from checkptr because the end of a region
// holds only the first half of a block, and because pools that were added are
// separate allocations in builds where arenas are Go memory.
//
//go:nocheckptr
func at(base unsafe.Pointer, i uint32) *block {
	return (*block)(unsafe.Add(base, uintptr(i)*wordSize))
}

// payload is the address that a caller knows block b by.
//
//go:nocheckptr
func payload(base unsafe.Pointer, b uint32) unsafe.Pointer {
	return unsafe.Add(base, uintptr(b)*wordSize+headerSize)
}

// push makes b the first block of bin i.
func push(base unsafe.Pointer, b, i uint32) {
	head, x := at(base, i), at(base, b)
	n := head.next
	head.next = b
	x.next, x.last = n, i
	at(base, n).last = b
}

// remove takes b out of its bin. It returns b's neighbours, which are the same
// only when the bin is empty now; both are then the bin.
func remove(base unsafe.Pointer, b uint32) (next, last uint32) {
	x := at(base, b)
	next, last = x.next, x.last
	at(base, next).last = last
	at(base, last).next = next
	return next, last
}

// poison makes what nobody may touch of the free block [b, b+s) unaddressable:
// all but its header and its links.
func poison(base unsafe.Pointer, b, s uint32) {
	debug.Poison(unsafe.Add(payload(base, b), headerSize), uintptr(s)*wordSize-2*headerSize)
}

// unpoison makes all of [b, b+s) but its header, which always is, addressable.
func unpoison(base unsafe.Pointer, b, s uint32) {
	debug.Unpoison(payload(base, b), uintptr(s)*wordSize-headerSize)
}

// wordsFor is the size of a block with n bytes of payload, before rounding to
// a bin. The caller has checked n.
func wordsFor(n uintptr) uint32 {
	return uint32((n+headerSize+unitSize-1)/wordSize) &^ 1
}
