package core

import (
	"unsafe"

	"github.com/memkit-go/memkit/rt/pool"
)

// RawAllocator serves memory without a type, for code that brings its own.
type RawAllocator interface {
	// Allocate returns size bytes of undefined content at a multiple of align.
	Allocate(size, align int) (Block, error)
	// Release takes a block back, once.
	Release(Block) error
}

// Resetter is memory that is taken back at once.
type Resetter interface {
	Reset() error
	Used() int
	Cap() int
}

// Block is memory from a [RawAllocator]. It must not hold Go pointers.
type Block struct {
	Pointer unsafe.Pointer
	Size    int
	handle  uint64
}

var (
	_ RawAllocator = (*Heap)(nil)
	_ Resetter     = (*Scratch)(nil)
)

// Bytes is the block as a slice.
func (b Block) Bytes() []byte { return unsafe.Slice((*byte)(b.Pointer), b.Size) }

// Allocate returns size bytes at a multiple of align, a power of two up to
// [MaxAlign], under the tag in force.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) Allocate(size, align int) (Block, error) {
	if align < 1 || align > MaxAlign || align&(align-1) != 0 {
		return Block{}, ErrAlign
	}
	if size < 0 || size > maxSize {
		return Block{}, ErrSize
	}
	handle, p, err := h.open(size, align, h.lane.tag(), 0, HeapTier)
	if err != nil {
		return Block{}, err
	}
	return Block{p, size, uint64(handle)}, nil
}

// Release frees a block from Allocate, or answers [ErrDoubleFree].
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (h *Heap) Release(b Block) error {
	if !h.lane.owned() {
		return ErrWrongThread
	}
	if h.slots.At(pool.Handle[block](b.handle)) == nil {
		return ErrDoubleFree
	}
	return h.release(b.handle)
}
