package pool

import (
	"errors"
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// Class is one slot size of a [Classes] allocator.
type Class struct {
	// Size of a slot in bytes: a multiple of 16 up to [MaxClassSize].
	Size int
	// Count of slots, from 1 to [MaxSlots].
	Count int
}

// ClassStats is what a [Classes] allocator knows of one class.
type ClassStats struct {
	Class
	// Live slots now, and the most there ever were.
	Live, Peak int
	// Allocs counts the slots handed out, and Exhausted the requests for this
	// class that found none.
	Allocs, Exhausted uint64
	// Requested sums the bytes that were asked for. Allocs·Size − Requested is
	// what rounding up to the class cost.
	Requested uint64
}

// MaxClassSize is the largest slot of a [Classes] allocator in bytes.
const MaxClassSize = 64 << 10

const (
	classStep  = 16      // bytes between two sizes that are told apart
	classPage  = 4 << 10 // bytes of region that belong to one class
	maxClasses = 64      // a class number fits a byte
)

// Classes serves requests of different sizes from slots of a few sizes, each in
// constant time: a request gets a slot of the smallest class that holds it, and
// nil when that class has none left, however empty the larger ones are. What
// overflows is the caller's policy; package alloc has some.
//
// Every slot is aligned to 16 bytes, and to the largest power of two up to 4096
// that divides its size if the region is aligned to that.
//
// All methods belong to the owner goroutine. The zero Classes is not usable.
type Classes struct {
	owner debug.Owner
	base  unsafe.Pointer
	// byStep[(n+15)/16] is the class of a request of n bytes, and byPage the
	// class that owns a page of the region.
	byStep, byPage []uint8
	class          []class
	maxSize        uintptr
	refused        uint64
}

// class is one slot size at work.
type class struct {
	watch watch
	base  unsafe.Pointer
	// inverse and shift undo the multiplication by the size: see index.
	inverse uint64
	shift   int
	link    []uint32 // as in Local
	head    uint32
	stats   ClassStats
}

// ClassesSize returns the bytes of region that a [Classes] of these classes needs:
// each class's slots rounded up to a page of 4 KiB, 4 bytes a slot, and tables of
// a byte per page and per 16 bytes of the largest size.
func ClassesSize(classes []Class) int {
	size := 0
	for _, c := range classes {
		size += roundUp(c.Size*c.Count, classPage) + c.Count*wordBytes
	}
	pages := (size + classPage - 1) / classPage
	return size + pages + classSteps(classes)
}

// classSteps is the length of byStep: one for size 0 and one for each step.
func classSteps(classes []Class) int {
	if len(classes) == 0 {
		return 0
	}
	return classes[len(classes)-1].Size/classStep + 1
}

// NewClasses makes an allocator over region, which must hold [ClassesSize] bytes
// and is cleared. Classes must ascend strictly in size.
func NewClasses(region []byte, classes []Class) (*Classes, error) {
	if err := checkClasses(classes); err != nil {
		return nil, err
	}
	need := ClassesSize(classes)
	if len(region) < need {
		return nil, fmt.Errorf("pool: Classes region of %d bytes: these classes need %d; give ClassesSize bytes", len(region), need)
	}
	base := unsafe.Pointer(unsafe.SliceData(region))
	if uintptr(base)%classStep != 0 {
		return nil, fmt.Errorf("pool: Classes region at %#x: must be aligned to %d bytes; start it where an arena starts", uintptr(base), classStep)
	}
	debug.Unpoison(base, uintptr(need))
	clear(region[:need])
	c := &Classes{base: base, maxSize: uintptr(classes[len(classes)-1].Size)}
	c.place(region, classes)
	return c, nil
}

func checkClasses(classes []Class) error {
	if len(classes) == 0 || len(classes) > maxClasses {
		return fmt.Errorf("pool: %d classes: must be from 1 to %d", len(classes), maxClasses)
	}
	previous := 0
	for i, c := range classes {
		switch {
		case c.Size <= 0 || c.Size > MaxClassSize || c.Size%classStep != 0:
			return fmt.Errorf("pool: Class %d Size %d: must be a multiple of %d from %d to %d", i, c.Size, classStep, classStep, MaxClassSize)
		case c.Size <= previous:
			return fmt.Errorf("pool: Class %d Size %d: must exceed the size %d before it; sort the classes", i, c.Size, previous)
		case c.Count < 1 || c.Count > MaxSlots:
			return fmt.Errorf("pool: Class %d Count %d: must be from 1 to %d", i, c.Count, MaxSlots)
		}
		previous = c.Size
	}
	return nil
}

// place lays out the region: the slots of all classes, their links, the tables.
func (c *Classes) place(region []byte, classes []Class) {
	slots, links := 0, 0
	for _, class := range classes {
		slots += roundUp(class.Size*class.Count, classPage)
		links += class.Count
	}
	words := unsafe.Slice((*uint32)(unsafe.Add(c.base, slots)), links)
	tables := region[slots+links*wordBytes:]
	c.byPage = tables[:slots/classPage]
	c.byStep = tables[len(c.byPage):][:classSteps(classes)]
	c.class = make([]class, len(classes))

	offset, step := 0, 0
	for i, spec := range classes {
		c.class[i] = newClass(unsafe.Add(c.base, offset), words[:spec.Count], spec)
		c.class[i].watch.start(fmt.Sprintf("pool.Classes of %d bytes", spec.Size), c.class[i].base, uintptr(spec.Size), spec.Count, false)
		words = words[spec.Count:]
		for end := offset + roundUp(spec.Size*spec.Count, classPage); offset < end; offset += classPage {
			c.byPage[offset/classPage] = uint8(i)
		}
		for ; step <= spec.Size/classStep; step++ {
			c.byStep[step] = uint8(i)
		}
	}
}

func newClass(base unsafe.Pointer, link []uint32, spec Class) class {
	for i := range link {
		link[i] = uint32(i) + 1
	}
	link[len(link)-1] = none
	shift := bits.TrailingZeros(uint(spec.Size))
	return class{
		base:    base,
		inverse: oddInverse(uint64(spec.Size) >> shift),
		shift:   shift,
		link:    link,
		stats:   ClassStats{Class: spec},
	}
}

// oddInverse returns x with x·odd ≡ 1 (mod 2⁶⁴) by Newton's iteration, which
// starts with 3 right bits and doubles them with each turn. Warren, Hacker's
// Delight, 2nd ed. (2012), section 10–16.
func oddInverse(odd uint64) uint64 {
	x := odd
	for range 5 {
		x *= 2 - odd*x
	}
	return x
}

// index returns the number of the slot that starts at p, or a value beyond every
// slot's when none does.
//
// For a size of odd·2ˢ the map x → rotateRight(x·odd⁻¹, s) is a bijection on 64
// bits that sends i·size to i. So a result below the count means that p is
// exactly a slot's start, and one comparison refuses what lies below, above and
// inside the slots. Warren, Hacker's Delight, 2nd ed. (2012), section 10–17.
func (c *class) index(p unsafe.Pointer) uint64 {
	return bits.RotateLeft64(uint64(uintptr(p)-uintptr(c.base))*c.inverse, -c.shift)
}

// Alloc returns n zeroed bytes, or nil when the class has no slot left or no
// class is large enough. A request of 0 bytes gets a slot of the smallest class.
// The memory must not hold Go pointers.
//
// Cost: O(n) for the clearing. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Classes) Alloc(n uintptr) unsafe.Pointer {
	p := c.AllocUninit(n)
	if p != nil {
		clear(unsafe.Slice((*byte)(p), n))
	}
	return p
}

// AllocUninit is [Classes.Alloc] without the clearing: the slot holds what its
// last owner left there.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Classes) AllocUninit(n uintptr) unsafe.Pointer {
	if debug.Enabled {
		c.owner.Check("pool.Classes")
	}
	if n > c.maxSize {
		c.refused++
		return nil
	}
	class := &c.class[c.byStep[(n+classStep-1)/classStep]]
	i := class.head
	if uint64(i) >= uint64(len(class.link)) {
		class.stats.Exhausted++
		return nil
	}
	class.head = class.link[i]
	class.link[i] = inUse
	s := &class.stats
	s.Allocs++
	s.Requested += uint64(n)
	s.Live++
	s.Peak = max(s.Peak, s.Live)
	p := unsafe.Add(class.base, uintptr(i)*uintptr(s.Size))
	if watched {
		class.watch.take(i, p, uintptr(s.Size), false)
	}
	return p
}

// Free gives a slot back. It refuses, and changes nothing, with [ErrForeign],
// [ErrInterior] or [ErrDoublePut].
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Classes) Free(p unsafe.Pointer) error {
	if debug.Enabled {
		c.owner.Check("pool.Classes")
	}
	page := (uintptr(p) - uintptr(c.base)) / classPage
	if page >= uintptr(len(c.byPage)) {
		return ErrForeign
	}
	class := &c.class[c.byPage[page]]
	i := class.index(p)
	if i >= uint64(len(class.link)) {
		return class.refusal(p)
	}
	if class.link[i] != inUse {
		return ErrDoublePut
	}
	if watched {
		class.watch.give(uint32(i), p, uintptr(class.stats.Size))
	}
	if debug.Enabled {
		class.stats.Live--
		class.watch.enqueue(class.link, &class.head, uint32(i))
		return nil
	}
	class.link[i] = class.head
	class.head = uint32(i)
	class.stats.Live--
	return nil
}

// refusal tells a pointer into a slot from one into the rest of a class's last
// page.
func (c *class) refusal(p unsafe.Pointer) error {
	if uintptr(p)-uintptr(c.base) < uintptr(c.stats.Size)*uintptr(len(c.link)) {
		return ErrInterior
	}
	return ErrForeign
}

// Owns reports whether p points into the memory of these classes.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (c *Classes) Owns(p unsafe.Pointer) bool {
	return (uintptr(p)-uintptr(c.base))/classPage < uintptr(len(c.byPage))
}

// MaxSize returns the largest request that a class serves, in bytes.
func (c *Classes) MaxSize() int { return int(c.maxSize) }

// Refused counts the requests that exceeded every class.
func (c *Classes) Refused() uint64 { return c.refused }

// AppendStats appends the figures of every class, smallest first, and allocates
// only to grow dst.
func (c *Classes) AppendStats(dst []ClassStats) []ClassStats {
	for i := range c.class {
		dst = append(dst, c.class[i].stats)
	}
	return dst
}

// HandOver lets the next goroutine that uses the classes own it. Only builds with
// tag rtdebug check owners; without it this does nothing.
func (c *Classes) HandOver() { c.owner.Release() }

// Close ends the use of the memory, as a pool's Close does: with build tag
// rtdebug it reports the slots in use of each class, as a [*LeakError], and free
// slots that were written to.
func (c *Classes) Close() error {
	var errs []error
	for i := range c.class {
		class := &c.class[i]
		errs = append(errs, class.watch.stop(class.base, uintptr(class.stats.Size), len(class.link), func(i int) bool { return class.link[i] == inUse }))
	}
	return errors.Join(errs...)
}
