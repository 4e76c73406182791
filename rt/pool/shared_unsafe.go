package pool

import (
	"math/bits"
	"sync/atomic"
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// Shared is a pool of slots of T for any number of goroutines. It is lock-free:
// whenever several goroutines are in Get or Put, one of them finishes in a bounded
// number of steps, also if others never run again. One goroutine alone has no such
// bound; where that is needed, give each its own [Local].
//
// The free list is Treiber's stack with index and tag in one word, so that one
// compare-and-swap changes both and a slot that was taken and returned in
// between is noticed (ABA). With n slots the tag has 64 − ⌈log₂(n+1)⌉ bits: a
// goroutine would have to sleep through exactly a multiple of 2⁵³ operations
// (n = 1024) to be deceived. Treiber, Systems Programming: Coping with
// Parallelism, IBM RJ 5118 (1986), section 4.
type Shared[T any] struct {
	watch watch
	base  unsafe.Pointer
	// link holds the number of the next free slot for a free one (see top; 0 at
	// the end), and the mark inUse for one handed out.
	link      []uint32
	mask      uint64 // of the slot number in top
	cleared   bool   // Put clears a slot
	exhausted atomic.Uint64
	_         [cacheLine]byte
	// top is the tag above mask and, in mask, the number of the first free slot:
	// its index plus 1, or 0 when none is free.
	top atomics.Uint64
	_   [cacheLine - 8]byte
}

// cacheLine keeps what many goroutines write apart from what they only read.
// Two lines of 64 bytes, because the prefetcher of many processors moves pairs.
const cacheLine = 128

// SharedSize returns the bytes of region that a [Shared] of n slots needs:
// n·(sizeof(T) + 4), rounded up for alignment. n must be within 1 to [MaxSlots].
func SharedSize[T any](n int) int { return regionSize[T](n, 1) }

// NewShared makes a pool of n slots over region, which must hold [SharedSize]
// bytes and is cleared. T must not hold Go pointers. The pool belongs to this
// process, also when the region is shared memory.
func NewShared[T any](region []byte, n int) (*Shared[T], error) {
	base, link, err := inRegion[T]("Shared", region, n, 1)
	if err != nil {
		return nil, err
	}
	clear(unsafe.Slice((*T)(base), n))
	return newShared[T](base, link, true), nil
}

// NewSharedUninit is [NewShared] without any clearing: a slot holds what its last
// owner left there.
func NewSharedUninit[T any](region []byte, n int) (*Shared[T], error) {
	base, link, err := inRegion[T]("Shared", region, n, 1)
	if err != nil {
		return nil, err
	}
	return newShared[T](base, link, false), nil
}

// NewSharedSlab makes a pool of n slots in Go memory of its own, so that T may
// hold Go pointers; see [NewLocalSlab].
func NewSharedSlab[T any](n int) (*Shared[T], error) {
	base, link, err := inSlab[T]("Shared", n, 1)
	if err != nil {
		return nil, err
	}
	return newShared[T](base, link, true), nil
}

func newShared[T any](base unsafe.Pointer, link []uint32, cleared bool) *Shared[T] {
	for i := range link {
		link[i] = uint32(i) + 2
	}
	link[len(link)-1] = 0
	s := &Shared[T]{base: base, link: link, mask: 1<<bits.Len(uint(len(link))) - 1, cleared: cleared}
	s.top.Store(1)
	s.watch.start(kindOf[Shared[T]](), base, sizeOf[T](), len(link), hasPointers[T]())
	return s
}

// Get takes a slot, or answers nil when all are in use.
//
// Cost: O(1) alone, one more turn per goroutine that wins a race. Allocates: no. Blocks: no. Caller: any.
//
// The link of the slot on top may be stale by the time the compare-and-swap runs;
// the tag then differs and the turn is repeated. Once it succeeds no other
// goroutine has the slot, so marking it needs no ordering of its own: its owner can
// give it to another goroutine only by synchronising with it.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn per concurrent Get or Put that succeeds
func (s *Shared[T]) Get() *T {
	for {
		top := s.top.Load()
		i := top&s.mask - 1
		if i >= uint64(len(s.link)) {
			if debug.Enabled && s.relieve() {
				continue
			}
			s.exhausted.Add(1)
			return nil
		}
		next := atomics.Load32(&s.link[i])
		if s.top.CompareAndSwap(top, (top|s.mask)+1|uint64(next)&s.mask) {
			atomics.StoreRelease32(&s.link[i], inUse)
			t := unsafe.Add(s.base, uintptr(i)*sizeOf[T]())
			if watched {
				s.watch.take(uint32(i), t, sizeOf[T](), s.cleared)
			}
			return (*T)(t)
		}
	}
}

// Put gives a slot back. It refuses, and changes nothing, with [ErrForeign],
// [ErrInterior] or [ErrDoublePut]; of two goroutines that put one slot at the
// same time, exactly one is refused.
//
// Cost: O(1) alone, one more turn per goroutine that wins a race; O(sizeof(T)) for the clearing. Allocates: no. Blocks: no. Caller: any.
//
// Swapping the mark for a link decides which Put owns the slot; until the slot is
// on top, no other goroutine writes to it.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn per concurrent Get or Put that succeeds
func (s *Shared[T]) Put(t *T) error {
	offset := uintptr(unsafe.Pointer(t)) - uintptr(s.base)
	i := offset / sizeOf[T]()
	if i >= uintptr(len(s.link)) {
		return ErrForeign
	}
	if i*sizeOf[T]() != offset {
		return ErrInterior
	}
	link, top := &s.link[i], s.top.Load()
	if !atomics.CompareAndSwap32(link, inUse, uint32(top&s.mask)) {
		return ErrDoublePut
	}
	if s.cleared {
		if atomics.Explored {
			atomics.Writes(t)
		}
		clear(unsafe.Slice(t, 1))
	}
	if watched {
		s.watch.give(uint32(i), unsafe.Pointer(t), sizeOf[T]())
	}
	if debug.Enabled {
		s.detain(uint32(i))
		return nil
	}
	for !s.top.CompareAndSwap(top, (top|s.mask)+1|uint64(i+1)) {
		top = s.top.Load()
		atomics.StoreRelease32(link, uint32(top&s.mask))
	}
	return nil
}

// Cap returns the number of slots.
func (s *Shared[T]) Cap() int { return len(s.link) }

// Live counts the slots in use, looking at each. While others take and return
// slots the result is approximate.
func (s *Shared[T]) Live() int {
	n := 0
	for i := range s.link {
		if atomics.Load32(&s.link[i]) == inUse {
			n++
		}
	}
	return n
}

// Exhausted returns how often Get found no slot.
func (s *Shared[T]) Exhausted() uint64 { return s.exhausted.Load() }

// Close ends the pool's use of its memory: a sanitized build allows accesses to it
// again. With build tag rtdebug it also reports slots in use, as a [*LeakError],
// and free slots that were written to; otherwise it returns nil. Call it when no
// goroutine uses the pool any more.
func (s *Shared[T]) Close() error {
	return s.watch.stop(s.base, sizeOf[T](), len(s.link), func(i int) bool { return s.link[i] == inUse })
}
