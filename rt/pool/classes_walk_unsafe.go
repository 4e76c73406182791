package pool

import (
	"fmt"
	"unsafe"
)

// Size is the size of the slot in use at p: at least the size of the request that
// got it. It fails as Free does.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Classes) Size(p unsafe.Pointer) (uintptr, error) {
	page := (uintptr(p) - uintptr(c.base)) / classPage
	if page >= uintptr(len(c.byPage)) {
		return 0, ErrForeign
	}
	class := &c.class[c.byPage[page]]
	i := class.index(p)
	if i >= uint64(len(class.link)) {
		return 0, class.refusal(p)
	}
	if class.link[i] != inUse {
		return 0, ErrDoublePut
	}
	return uintptr(class.stats.Size), nil
}

// Walk yields every slot by class and address until yield returns false; it is an
// iterator. The classes must not change meanwhile. Walking takes time in proportion
// to the number of slots.
func (c *Classes) Walk(yield func(p unsafe.Pointer, size uintptr, live bool) bool) {
	for i := range c.class {
		class := &c.class[i]
		size := uintptr(class.stats.Size)
		for slot := range class.link {
			if !yield(unsafe.Add(class.base, uintptr(slot)*size), size, class.link[slot] == inUse) {
				return
			}
		}
	}
}

// Reset frees every slot and zeroes the figures. It takes time in proportion to the
// number of slots: it is for phase boundaries, not for deadlines.
func (c *Classes) Reset() {
	for i := range c.class {
		class := &c.class[i]
		*class = newClass(class.base, class.link, class.stats.Class)
		class.watch.start(fmt.Sprintf("pool.Classes of %d bytes", class.stats.Size), class.base, uintptr(class.stats.Size), len(class.link), false)
	}
	c.refused = 0
}
