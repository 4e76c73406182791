package pool

import (
	"fmt"
	"unsafe"
)

// Frame hands out memory by bumping an offset and takes all of it back at once:
// scratch memory for one audio block or one control period. It is wait-free and
// has one owner. The zero Frame is empty.
//
// Offsets are bytes from the region's start, whose own alignment bounds what an
// allocation can ask for: an arena's region is aligned to a page.
type Frame struct {
	base       unsafe.Pointer
	next       uintptr
	end        uintptr
	peak       uintptr
	alignment  uintptr // of base
	generation uint64
	exhausted  uint64
}

// Mark is a position in a [Frame] to rewind to.
type Mark struct {
	offset     uintptr
	generation uint64
}

// NewFrame makes a frame of all of region, which must not be empty.
func NewFrame(region []byte) (*Frame, error) {
	if len(region) == 0 {
		return nil, fmt.Errorf("pool: Frame region of 0 bytes: must be >0; give the bytes that one frame needs")
	}
	base := unsafe.Pointer(unsafe.SliceData(region))
	return &Frame{
		base:      base,
		end:       uintptr(len(region)),
		alignment: uintptr(base) & -uintptr(base),
	}, nil
}

// Alloc returns n zeroed bytes aligned to align, or nil when the frame has no
// room for them or align is no power of two up to the region's own alignment.
// The memory must not hold Go pointers.
//
// Cost: O(n) for the clearing. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Frame) Alloc(n, align uintptr) unsafe.Pointer {
	p := f.AllocUninit(n, align)
	if p != nil {
		clear(unsafe.Slice((*byte)(p), n))
	}
	return p
}

// AllocUninit is [Frame.Alloc] without the clearing: the bytes hold what an
// earlier frame left there.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
// An align of 0 wraps to beyond every alignment; one that the region has is at
// most its address, so start does not wrap. A full frame refuses 0 bytes too:
// their address would be that of whatever follows the region.
//
//rt:nonblocking
//rt:nonallocating
func (f *Frame) AllocUninit(n, align uintptr) unsafe.Pointer {
	start := (f.next + align - 1) &^ (align - 1)
	if start >= f.end || n > f.end-start || align-1 >= f.alignment || align&(align-1) != 0 {
		f.exhausted++
		return nil
	}
	f.next = start + n
	return unsafe.Add(f.base, start)
}

// Mark returns the current position.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Frame) Mark() Mark { return Mark{f.next, f.generation} }

// Rewind takes back everything allocated since the mark was made. A mark from
// before a Reset, or beyond the current position, is refused with [ErrStale].
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Frame) Rewind(m Mark) error {
	if m.generation != f.generation || m.offset > f.next {
		return ErrStale
	}
	f.peak = max(f.peak, f.next)
	f.next = m.offset
	return nil
}

// Reset takes everything back.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Frame) Reset() {
	f.peak = max(f.peak, f.next)
	f.next = 0
	f.generation++
}

// Used returns the bytes in use, padding included.
func (f *Frame) Used() int { return int(f.next) }

// Peak returns the most bytes that were ever in use.
func (f *Frame) Peak() int { return int(max(f.peak, f.next)) }

// Cap returns the frame's size in bytes.
func (f *Frame) Cap() int { return int(f.end) }

// Exhausted returns how often an allocation was refused.
func (f *Frame) Exhausted() uint64 { return f.exhausted }
