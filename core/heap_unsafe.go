package core

import (
	"unsafe"

	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// Heap is a lane's memory for blocks of any size that outlive frames.
type Heap struct {
	origin
	tlsf  *tlsf.Heap
	base  unsafe.Pointer
	slots *pool.Handles[block]
}

// block is one live block. It holds no Go pointer, so that it lies in the arena.
type block struct {
	offset int
	size   int
	link   uint64 // the next block of the same group
	tag    Tag
	tier   Tier // FrameTier for blocks that a frame accounts for
}

func (h *Heap) init(l *Lane, r *regions) error {
	h.lane = l
	h.base = unsafe.Pointer(unsafe.SliceData(r.heap))
	var err error
	if h.tlsf, err = tlsf.New(r.heap, tlsf.Config{Policy: l.a.config.HeapPolicy, RemoteQueue: 1}); err != nil {
		return err
	}
	h.slots, err = pool.NewHandlesUninit[block](r.slots, l.a.config.Boxes)
	return err
}

// Stats reports on the heap's memory.
func (h *Heap) Stats() tlsf.Stats { return h.tlsf.Stats() }

// Check verifies the heap's invariants; it is for tests and post-mortems.
func (h *Heap) Check() error { return h.tlsf.Check() }

// open serves one block within the budgets.
func (h *Heap) open(size, align int, t Tag, link uint64, tier Tier) (pool.Handle[block], unsafe.Pointer, error) {
	l := h.lane
	if !l.owned() {
		return 0, nil, ErrWrongThread
	}
	handle, p := h.reserve(size, align, block{tag: t, link: link, tier: tier})
	switch {
	case p != nil:
	case handle == 0:
		return 0, nil, l.refuse(&boxesFull, size, t)
	default:
		return 0, nil, l.refuse(&heapFull, size, t)
	}
	if !l.books.book(t, size) {
		if err := l.bookSlow(tier, t, size); err != nil {
			h.unreserve(handle, p)
			return 0, nil, err
		}
	}
	return handle, p, nil
}

// reserve serves a block and books nothing. When it fails, the pointer is nil, and
// the handle 0 only if all handles are in use.
func (h *Heap) reserve(size, align int, b block) (pool.Handle[block], unsafe.Pointer) {
	handle, slot := h.slots.Get()
	if slot == nil {
		return 0, nil
	}
	p := h.alloc(size, align)
	if p == nil {
		h.slots.Put(handle)
		return handle, nil
	}
	b.offset, b.size = int(uintptr(p)-uintptr(h.base)), size
	*slot = b
	return handle, p
}

// unreserve is the inverse of reserve.
func (h *Heap) unreserve(handle pool.Handle[block], p unsafe.Pointer) error {
	h.slots.Put(handle)
	return h.tlsf.Free(p)
}

func (h *Heap) alloc(size, align int) unsafe.Pointer {
	if align <= 16 {
		return h.tlsf.Alloc(uintptr(size))
	}
	p, err := h.tlsf.AllocAligned(uintptr(size), uintptr(align))
	if err != nil {
		return nil
	}
	return p
}

// release frees a block and unbooks it.
func (h *Heap) release(handle uint64) error {
	_, err := h.drop(handle)
	return err
}

func (h *Heap) drop(handle uint64) (link uint64, err error) {
	slot := h.slots.At(pool.Handle[block](handle))
	if slot == nil {
		return 0, ErrDoubleFree
	}
	b := *slot
	p := unsafe.Add(h.base, b.offset)
	if poisonBuild {
		poison(unsafe.Slice((*byte)(p), b.size))
	}
	if err := h.unreserve(pool.Handle[block](handle), p); err != nil {
		return b.link, err
	}
	if b.tier != FrameTier {
		if !h.lane.books.unbook(b.tag, b.size) {
			h.lane.unbookSlow(b.tier, b.tag, b.size)
		}
	}
	return b.link, nil
}

// renew gives a block a new handle; the old one is stale.
func (h *Heap) renew(handle uint64) (uint64, bool) {
	slot := h.slots.At(pool.Handle[block](handle))
	if slot == nil {
		return 0, false
	}
	b := *slot
	h.slots.Put(pool.Handle[block](handle))
	fresh, slot := h.slots.Get()
	if slot == nil { // that was the last slot, and its generations are used up
		h.tlsf.Free(unsafe.Add(h.base, b.offset))
		h.lane.books.unbook(b.tag, b.size)
		return 0, false
	}
	*slot = b
	return uint64(fresh), true
}

func (h *Heap) handOver() {
	h.tlsf.HandOver()
	h.slots.HandOver()
}

func (h *Heap) leaks(report func(Tag, int)) {
	for handle := range h.slots.All() {
		if b := h.slots.At(handle); b.tier != FrameTier {
			report(b.tag, b.size)
		}
	}
}

func (h *Heap) live(handle uint64) bool { return h.slots.At(pool.Handle[block](handle)) != nil }
