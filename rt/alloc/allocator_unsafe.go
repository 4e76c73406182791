package alloc

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// Allocator serves requests of any size from one region. It belongs to one
// goroutine at a time.
type Allocator struct {
	classes  *pool.Classes // nil without classes
	classEnd uintptr       // smallest request that is too large for a class, 0 without
	heap     *tlsf.Heap
	max      uintptr // MaxAllocation
	watched  bool    // hooks or WCET bounds are set
	config   Config
	stats    counters
	remote   remoteSlots
	// fallback holds the blocks that came from the Go heap, by address.
	fallback map[unsafe.Pointer]fallbackBlock
}

// counters are the parts of [Stats] that no part below keeps.
type counters struct {
	spills           uint64
	failures         uint64
	fallbacks        uint64
	fallbacksRefused uint64
	remoteErrors     uint64
	allocs, frees    timing
}

// timing summarises the durations of one operation.
type timing struct {
	overruns uint64
	worst    time.Duration
}

// New makes an allocator over region, which should be resident, as an arena's
// memory is, and must be aligned to 16 bytes.
func New(region []byte, c Config) (*Allocator, error) {
	if err := c.validate(len(region)); err != nil {
		return nil, err
	}
	if c.MemoryBudget > 0 {
		region = region[:c.MemoryBudget:c.MemoryBudget]
	}
	if c.RealTime == nil {
		c.RealTime = realTimeThread
	}
	if c.Clock == nil {
		c.Clock = monotonic
	}
	a := &Allocator{
		config:   c,
		max:      ^uintptr(0),
		watched:  c.Hooks.any() || c.WCETAlloc > 0 || c.WCETFree > 0,
		fallback: map[unsafe.Pointer]fallbackBlock{},
	}
	if c.MaxAllocation > 0 {
		a.max = uintptr(c.MaxAllocation)
	}
	rest, err := a.placeClasses(region)
	if err != nil {
		return nil, err
	}
	if err := a.placeHeap(rest); err != nil {
		return nil, err
	}
	return a, nil
}

// placeClasses gives the classes the beginning of region and returns the rest.
func (a *Allocator) placeClasses(region []byte) ([]byte, error) {
	if len(a.config.Classes) == 0 {
		return region, nil
	}
	classes, err := pool.NewClasses(region, a.config.Classes)
	if err != nil {
		return nil, err
	}
	a.classes, a.classEnd = classes, uintptr(classes.MaxSize())+1
	const align = 64 // the heap's tables start on a cache line
	size := (pool.ClassesSize(a.config.Classes) + align - 1) &^ (align - 1)
	queue := a.config.RemoteQueue
	if queue == 0 {
		queue = defaultRemoteQueue
	}
	if err := a.remote.init(unsafe.Pointer(unsafe.SliceData(region)), size, queue); err != nil {
		return nil, err
	}
	return region[min(size, len(region)):], nil
}

func (a *Allocator) placeHeap(region []byte) error {
	c := &a.config
	if c.MaxLive > 0 {
		need := tlsf.WorstCaseArena(c.Policy, uintptr(c.MaxLive), uintptr(c.MaxAllocation))
		if need > uintptr(len(region)) {
			return fmt.Errorf("alloc: Config.MaxLive %d with MaxAllocation %d: a %v heap may need %d bytes and has %d; give more memory, ask for less, or take another policy",
				c.MaxLive, c.MaxAllocation, c.Policy, need, len(region))
		}
	}
	heap, err := tlsf.New(region, tlsf.Config{Policy: c.Policy, RemoteQueue: c.RemoteQueue})
	if err != nil {
		return err
	}
	a.heap = heap
	return nil
}

// Alloc returns n zeroed bytes aligned to 16. Config.Overflow says what happens
// when it cannot. A request of 0 bytes gets a block of its own.
//
// Cost: O(n) for the clearing. Allocates: no, unless Overflow is Fallback. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (a *Allocator) Alloc(n uintptr) (unsafe.Pointer, error) {
	p, err := a.AllocUninit(n)
	if err == nil {
		clear(unsafe.Slice((*byte)(p), n))
	}
	return p, err
}

// AllocUninit is [Allocator.Alloc] without the clearing.
//
// Cost: O(1). Allocates: no, unless Overflow is Fallback. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (a *Allocator) AllocUninit(n uintptr) (unsafe.Pointer, error) {
	if a.watched {
		return a.watchAlloc(n, 1)
	}
	return a.alloc(n)
}

// AllocAligned is AllocUninit with an alignment, a power of two up to 1 MiB.
//
// Cost: O(1). Allocates: no, unless Overflow is Fallback. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (a *Allocator) AllocAligned(n, align uintptr) (unsafe.Pointer, error) {
	if a.watched {
		return a.watchAlloc(n, align)
	}
	return a.allocAligned(n, align)
}

func (a *Allocator) alloc(n uintptr) (unsafe.Pointer, error) {
	if n > a.max {
		return a.overflow(n, 1, ErrLimit)
	}
	if n < a.classEnd {
		if p := a.classes.AllocUninit(n); p != nil {
			return p, nil
		}
		a.stats.spills++
	}
	if p := a.heap.Alloc(n); p != nil {
		return p, nil
	}
	return a.overflow(n, 1, ErrExhausted)
}

// blockAlign is the alignment of every class slot and heap block.
const blockAlign = 16

func (a *Allocator) allocAligned(n, align uintptr) (unsafe.Pointer, error) {
	if align <= blockAlign && align&(align-1) == 0 && align > 0 {
		return a.alloc(n)
	}
	if n > a.max {
		return a.overflow(n, align, ErrLimit)
	}
	p, err := a.heap.AllocAligned(n, align)
	if err != nil {
		return a.overflow(n, align, err)
	}
	return p, nil
}

// Free gives a block back. It fails with ErrNil, ErrForeign, ErrInterior,
// ErrDoubleFree or ErrCorrupt, and then changes nothing.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (a *Allocator) Free(p unsafe.Pointer) error {
	if a.watched {
		return a.watchFree(p)
	}
	return a.free(p)
}

func (a *Allocator) free(p unsafe.Pointer) error {
	if a.classEnd > 0 && a.classes.Owns(p) {
		if err := a.classes.Free(p); err != nil {
			return classError(err)
		}
		return nil
	}
	err := a.heap.Free(p)
	if err != nil && len(a.fallback) > 0 {
		return a.freeFallback(p, err)
	}
	return err
}

// Check verifies every invariant of the heap, as tlsf.Heap.Check does. It takes
// time in proportion to the region: it is for tests and post-mortems.
func (a *Allocator) Check() error { return a.heap.Check() }

// HandOver lets the next goroutine that uses the allocator own it. Only builds
// with tag rtdebug check owners; without it this does nothing.
func (a *Allocator) HandOver() {
	if a.classes != nil {
		a.classes.HandOver()
	}
	a.heap.HandOver()
}

// Close ends the allocator's use of its region. In a build with tag rtdebug it
// returns a [*pool.LeakError], a [*tlsf.LeakError] or both when blocks are in use,
// and an error when free memory was written to; in others nil.
func (a *Allocator) Close() error {
	err := a.heap.Close()
	if a.classes != nil {
		err = errors.Join(a.classes.Close(), err)
	}
	return err
}
