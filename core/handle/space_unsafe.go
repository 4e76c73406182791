package handle

import (
	"fmt"
	"unsafe"

	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/rt/pool"
)

// Space is a region of movable blocks. New blocks go to the end; [Space.Compact]
// moves the others down over freed blocks. An allocation costs a few instructions;
// memory is recovered by compaction only, or at once when the last block is freed.
//
// Blocks lie one behind the other, each with a header that tells its length. A
// freed block stays in place as a gap until something moves over it.
type Space struct {
	region []byte
	source core.RawAllocator // where memory is from
	memory core.Block
	blocks *pool.Handles[block]

	high  int // end of the last block
	live  int // bytes in live blocks
	count int
	// Compaction continues at from; what lies before to is packed, but for gaps
	// that pinned blocks force, and what lies between is free.
	from, to int
	moved    uint64
}

// header precedes each block in the region.
type header struct {
	handle uint64 // 0 for a gap
	size   int    // with header, a multiple of unit
}

// block is what a handle names.
type block struct {
	offset  int // of the header
	size    int // that was asked for
	pins    int
	evicted bool // by a Stream that makes room
}

const (
	headerSize = 16
	unit       = 16
)

// Config says what a [Space] is.
type Config struct {
	// Size in bytes, with 16 for each block; must be given.
	Size int
	// Blocks is how many there can be; 0 means 1024.
	Blocks int
}

// NewSpace takes memory for a space from a heap. Close gives it back.
func NewSpace(from core.RawAllocator, c Config) (*Space, error) {
	if c.Blocks == 0 {
		c.Blocks = 1024
	}
	if c.Blocks < 1 || c.Blocks > pool.MaxSlots {
		return nil, fmt.Errorf("handle: Config.Blocks %d: must be 0 to %d; give the blocks that live at once", c.Blocks, pool.MaxSlots)
	}
	if c.Size < unit {
		return nil, fmt.Errorf("handle: Config.Size %d: must be at least %d; give the bytes of all blocks", c.Size, unit)
	}
	blocks, err := pool.NewHandlesSlab[block](c.Blocks)
	if err != nil {
		return nil, err
	}
	memory, err := from.Allocate(c.Size&^(unit-1), 64)
	if err != nil {
		return nil, err
	}
	return &Space{region: memory.Bytes(), source: from, memory: memory, blocks: blocks}, nil
}

// Close gives the memory back. All handles are stale then.
func (s *Space) Close() error {
	for o := 0; o < s.high; o += s.at(o).size {
		s.blocks.Put(pool.Handle[block](s.at(o).handle)) // refused for gaps
	}
	s.region, s.high, s.live, s.count = nil, 0, 0, 0
	s.from, s.to = 0, 0
	return s.source.Release(s.memory)
}

func (s *Space) at(offset int) *header {
	return (*header)(unsafe.Pointer(&s.region[offset]))
}

// Alloc makes a block of n zeroed bytes, aligned to 16. It fails with ErrSize,
// ErrFragmented or ErrExhausted.
//
// Cost: O(n) for the zeroing. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Space) Alloc(n int) (Raw, error) {
	if n < 0 || n > len(s.region) {
		return 0, ErrSize
	}
	size := headerSize + (n+unit-1)&^(unit-1)
	if size > len(s.region)-s.high {
		if size <= len(s.region)-s.live {
			return 0, ErrFragmented
		}
		return 0, errNoMemory
	}
	h, b := s.blocks.Get()
	if b == nil {
		return 0, errNoHandle
	}
	*b = block{offset: s.high, size: n}
	*s.at(s.high) = header{uint64(h), size}
	s.high += size
	s.live += size
	s.count++
	clear(s.bytes(b))
	return Raw(h), nil
}

// bytes is a block's payload.
func (s *Space) bytes(b *block) []byte {
	start := b.offset + headerSize
	return s.region[start : start+b.size : start+b.size]
}

// Free takes a block back. It fails with ErrStale or ErrPinned.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Space) Free(h Raw) error {
	b := s.block(h)
	switch {
	case b == nil:
		return ErrStale
	case b.pins > 0:
		return ErrPinned
	}
	offset := b.offset
	x := s.at(offset)
	x.handle = 0
	s.live -= x.size
	s.count--
	s.blocks.Put(pool.Handle[block](h))
	if offset+x.size == s.high {
		s.high = offset
	}
	if offset < s.to || s.high <= s.from {
		s.from, s.to = 0, 0
	}
	return nil
}

// Pin fixes a block in place and returns its bytes, good until the Unpin that
// matches.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Space) Pin(h Raw) ([]byte, error) {
	b := s.block(h)
	if b == nil {
		return nil, ErrStale
	}
	b.pins++
	return s.bytes(b), nil
}

// Unpin lets a block move again once it was called as often as Pin.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Space) Unpin(h Raw) error {
	b := s.block(h)
	switch {
	case b == nil:
		return ErrStale
	case b.pins == 0:
		return ErrNotPinned
	}
	b.pins--
	return nil
}

func (s *Space) block(h Raw) *block { return s.blocks.At(pool.Handle[block](h)) }

// as is b's memory as a T, or nil if it has another size.
func as[T any](b []byte) *T {
	if len(b) != int(unsafe.Sizeof(*(*T)(nil))) {
		return nil
	}
	return (*T)(unsafe.Pointer(unsafe.SliceData(b)))
}
