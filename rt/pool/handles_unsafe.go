package pool

import (
	"iter"
	"math/bits"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// Handle names a slot of a [Handles] pool for as long as the slot is in use. It
// is a plain number: it may lie in arena memory, cross processes and be compared.
// The zero Handle names nothing.
//
// With n slots the low max(1, ⌈log₂ n⌉) bits are the slot's index and the others its
// generation.
type Handle[T any] uint64

// Handles is a pool of slots of T for one owner, addressed by handles. A handle
// goes stale when its slot is put back, and stays so: a slot counts its
// generations, and one that has used them all up retires.
//
// # Service life
//
// With n slots a slot serves at least G = 2^(63−⌈log₂ n⌉) handles. The slot freed
// last is handed out first, so in the worst case one slot takes all the traffic: at
// r pairs of Get and Put a second it retires after G/r seconds, and the whole pool
// is used up after n·G/r. With 1024 slots and a million pairs a second the first
// slot retires after 285 years.
//
// # Other pools' handles
//
// Each pool of a process counts its generations from a number of its own, so a
// handle of another pool is refused as a stale one is. With N pools made in the
// process this holds until a slot has served G/2.7N handles: with 1000 pools of
// 1024 slots, 3.3·10¹². A pool in another process may hand out the same handles.
//
// All methods belong to the owner goroutine. The zero Handles is not usable.
type Handles[T any] struct {
	watch watch
	base  unsafe.Pointer
	// tag is a slot's handle while it is in use, and the complement of its next
	// handle while it is free. A complement has other index bits, so tag[i]
	// equals a handle of slot i if and only if the slot is in use under it: one
	// comparison checks index, generation and life. A retired slot's next handle
	// would have generation 0.
	tag []uint64
	// link holds the index of the next free slot, none at the end.
	link      []uint32
	mask      uint64 // of the index in a handle
	step      uint64 // from a handle to the same slot's next: mask + 1
	head      uint32 // first free slot, or none
	cleared   bool   // Put clears a slot
	exhausted uint64
}

// handleWords of notes per slot: two of tag, one of link.
const handleWords = 3

// HandlesSize returns the bytes of region that a [Handles] of n slots needs:
// n·(sizeof(T) + 12), rounded up for alignment. n must be within 1 to [MaxSlots].
func HandlesSize[T any](n int) int { return regionSize[T](n, handleWords) }

// NewHandles makes a pool of n slots over region, which must hold [HandlesSize]
// bytes and is cleared. T must not hold Go pointers.
func NewHandles[T any](region []byte, n int) (*Handles[T], error) {
	base, notes, err := inRegion[T]("Handles", region, n, handleWords)
	if err != nil {
		return nil, err
	}
	clear(unsafe.Slice((*T)(base), n))
	return newHandles[T](base, notes, true), nil
}

// NewHandlesUninit is [NewHandles] without any clearing: a slot holds what its
// last owner left there.
func NewHandlesUninit[T any](region []byte, n int) (*Handles[T], error) {
	base, notes, err := inRegion[T]("Handles", region, n, handleWords)
	if err != nil {
		return nil, err
	}
	return newHandles[T](base, notes, false), nil
}

// NewHandlesSlab makes a pool of n slots in Go memory of its own, so that T may
// hold Go pointers; see [NewLocalSlab].
func NewHandlesSlab[T any](n int) (*Handles[T], error) {
	base, notes, err := inSlab[T]("Handles", n, handleWords)
	if err != nil {
		return nil, err
	}
	return newHandles[T](base, notes, true), nil
}

func newHandles[T any](base unsafe.Pointer, notes []uint32, cleared bool) *Handles[T] {
	n := len(notes) / handleWords
	step := uint64(1) << max(1, bits.Len(uint(n-1)))
	p := &Handles[T]{
		base:    base,
		tag:     unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(notes))), n),
		link:    notes[2*n:],
		mask:    step - 1,
		step:    step,
		cleared: cleared,
	}
	// The first generation is in the lower half, and not 0, so that 0 names nothing.
	first := max(identity()>>1&^p.mask, step)
	for i := range n {
		p.tag[i] = ^(first + uint64(i))
		p.link[i] = uint32(i) + 1
	}
	p.link[n-1] = none
	p.watch.start(kindOf[Handles[T]](), base, sizeOf[T](), n, hasPointers[T]())
	return p
}

// Get takes a slot and returns its handle and its address, or 0 and nil when all
// are in use. The address is good until the handle's Put.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Handles[T]) Get() (Handle[T], *T) {
	if debug.Enabled {
		p.watch.check()
	}
	i, tag := p.head, p.tag
	if uint64(i) >= uint64(len(tag)) {
		p.exhausted++
		return 0, nil
	}
	handle := ^tag[i]
	tag[i] = handle
	p.head = p.link[i]
	t := unsafe.Add(p.base, uintptr(i)*sizeOf[T]())
	if watched {
		p.watch.take(i, t, sizeOf[T](), p.cleared)
	}
	return Handle[T](handle), (*T)(t)
}

// At returns the address of the slot that h names, or nil when h is stale or was
// never this pool's. The address is good until h's Put.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Handles[T]) At(h Handle[T]) *T {
	if debug.Enabled {
		p.watch.check()
	}
	i, tag := uint64(h)&p.mask, p.tag
	if i >= uint64(len(tag)) || tag[i] != uint64(h) {
		return nil
	}
	return (*T)(unsafe.Add(p.base, uintptr(i)*sizeOf[T]()))
}

// Put gives back the slot that h names. A handle that is stale, also by an
// earlier Put, or was never this pool's is refused with [ErrStale].
//
// Cost: O(1), and O(sizeof(T)) for the clearing. Allocates: no. Blocks: no. Caller: owner.
//
// A next generation that wraps to 0 leaves next with index bits only; the slot then
// stays off the free list permanently.
//
//rt:nonblocking
//rt:nonallocating
func (p *Handles[T]) Put(h Handle[T]) error {
	if debug.Enabled {
		p.watch.check()
	}
	i, tag := uint64(h)&p.mask, p.tag
	if i >= uint64(len(tag)) || tag[i] != uint64(h) {
		return ErrStale
	}
	if p.cleared {
		clear(unsafe.Slice((*T)(unsafe.Add(p.base, uintptr(i)*sizeOf[T]())), 1))
	}
	next := uint64(h) + p.step
	tag[i] = ^next
	if watched {
		p.watch.give(uint32(i), unsafe.Add(p.base, uintptr(i)*sizeOf[T]()), sizeOf[T]())
	}
	if debug.Enabled && next > p.mask {
		p.watch.enqueue(p.link, &p.head, uint32(i))
		return nil
	}
	if next > p.mask {
		p.link[i] = p.head
		p.head = uint32(i)
	}
	return nil
}

// Cap returns the number of slots, retired ones included.
func (p *Handles[T]) Cap() int { return len(p.tag) }

// Live counts the slots in use, looking at each.
func (p *Handles[T]) Live() int {
	n := 0
	for i, tag := range p.tag {
		if tag&p.mask == uint64(i) {
			n++
		}
	}
	return n
}

// All ranges over the handles in use, looking at each slot.
func (p *Handles[T]) All() iter.Seq[Handle[T]] {
	return func(yield func(Handle[T]) bool) {
		for i, tag := range p.tag {
			if tag&p.mask == uint64(i) && !yield(Handle[T](tag)) {
				return
			}
		}
	}
}

// Retired counts the slots whose generations are used up, looking at each.
func (p *Handles[T]) Retired() int {
	n := 0
	for i := range p.tag {
		if p.retired(i) {
			n++
		}
	}
	return n
}

func (p *Handles[T]) retired(i int) bool { return p.tag[i] == ^uint64(i) }

// Exhausted returns how often Get found no slot.
func (p *Handles[T]) Exhausted() uint64 { return p.exhausted }

// HandOver lets the next goroutine that uses the pool own it. Only builds with
// tag rtdebug check owners; without it this does nothing.
func (p *Handles[T]) HandOver() { p.watch.release() }

// Close ends the pool's use of its memory: a sanitized build allows accesses to it
// again. With build tag rtdebug it also reports slots in use, as a [*LeakError],
// and free slots that were written to; otherwise it returns nil. Call it when no
// goroutine uses the pool any more.
func (p *Handles[T]) Close() error {
	return p.watch.stop(p.base, sizeOf[T](), len(p.link), func(i int) bool { return p.tag[i]&p.mask == uint64(i) })
}
