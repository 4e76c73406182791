package pool

import (
	"fmt"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// Frame hands out memory by bumping an offset and takes all of it back at once:
// scratch memory for one audio block or one control period. It is wait-free and
// has one owner. The zero Frame is empty.
//
// Offsets are bytes from the region's start, whose own alignment bounds what an
// allocation can ask for: an arena's region is aligned to a page.
type Frame struct {
	owner      debug.Owner
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
	f := &Frame{
		base:       base,
		end:        uintptr(len(region)),
		alignment:  uintptr(base) & -uintptr(base),
		generation: identity(),
	}
	if watched {
		debug.Unpoison(base, f.end)
		f.discard(0, f.end)
	}
	return f, nil
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
	if debug.Enabled {
		f.owner.Check("pool.Frame")
	}
	start := (f.next + align - 1) &^ (align - 1)
	if start >= f.end || n > f.end-start || align-1 >= f.alignment || align&(align-1) != 0 {
		f.exhausted++
		return nil
	}
	if watched {
		f.take(start, n)
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
// before a Reset, of another frame, or beyond the current position, is refused
// with [ErrStale].
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Frame) Rewind(m Mark) error {
	if debug.Enabled {
		f.owner.Check("pool.Frame")
	}
	if m.generation != f.generation || m.offset > f.next {
		return ErrStale
	}
	f.peak = max(f.peak, f.next)
	if watched {
		f.discard(m.offset, f.next)
	}
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
	if debug.Enabled {
		f.owner.Check("pool.Frame")
	}
	f.peak = max(f.peak, f.next)
	if watched {
		f.discard(0, f.next)
	}
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

// HandOver lets the next goroutine that uses the frame own it. Only builds with
// tag rtdebug check owners; without it this does nothing.
func (f *Frame) HandOver() { f.owner.Release() }

// Close ends the frame's use of its memory: a sanitized build allows accesses to it
// again. With build tag rtdebug it reports a write to memory that was not
// allocated; otherwise it returns nil. Allocated memory is not a leak: it ends with
// the frame.
func (f *Frame) Close() error {
	debug.Unpoison(f.base, f.end)
	if debug.Enabled {
		return f.verify(f.next, f.end)
	}
	return nil
}

// take watches n bytes at start being handed out, in debug and sanitized builds.
// It also looks at the padding in front of them.
func (f *Frame) take(start, n uintptr) {
	debug.Unpoison(unsafe.Add(f.base, f.next), start+n-f.next)
	if !debug.Enabled {
		return
	}
	if err := f.verify(f.next, start+n); err != nil {
		panic(err)
	}
	debug.Fill(unsafe.Add(f.base, start), n, debug.Fresh)
}

// discard watches the bytes from start to end being taken back.
func (f *Frame) discard(start, end uintptr) {
	if debug.Enabled {
		debug.Fill(unsafe.Add(f.base, start), end-start, debug.Freed)
	}
	debug.Poison(unsafe.Add(f.base, start), end-start)
}

// verify looks whether the bytes from start to end are as discard left them.
func (f *Frame) verify(start, end uintptr) error {
	offset, altered := debug.Altered(unsafe.Add(f.base, start), end-start, debug.Freed)
	if !altered {
		return nil
	}
	return fmt.Errorf("pool: Frame: byte %d was written to while it was not allocated: by a user from before a Rewind or Reset, or beyond an allocation's end", start+uintptr(offset))
}
