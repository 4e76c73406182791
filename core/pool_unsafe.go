package core

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/pool"
)

// Pool has room for a fixed number of Ts. It lives as long as its lane.
type Pool[T any] struct {
	origin
	slots *pool.Handles[T]
	tags  []Tag // by slot
	mask  uint64
	size  int
	slab  bool // in Go memory, which Put clears
}

// NewPool makes a pool of n slots in the lane's heap. It is for set-up.
func NewPool[T any](l *Lane, t Type[T], n int) (*Pool[T], error) {
	if t.align == 0 {
		return nil, ErrToken
	}
	if err := checkPool(l, n); err != nil {
		return nil, err
	}
	if t.size%t.align != 0 {
		return nil, errkind.Errorf(ErrAlign, "core: pool of %d-byte slots at multiples of %d: the size must be a multiple of the alignment; pad the type", t.size, t.align)
	}
	size := pool.HandlesSize[T](n)
	handle, p := l.heap.reserve(size, max(t.align, 8), block{tier: FrameTier})
	if p == nil {
		return nil, errkind.Errorf(ErrExhausted, "core: pool of %d slots: no free block of the lane's heap has %d bytes; raise Config.HeapSize", n, size)
	}
	slots, err := pool.NewHandlesUninit[T](unsafe.Slice((*byte)(p), size), n)
	if err != nil {
		l.heap.release(uint64(handle))
		return nil, err
	}
	return newPool(l, slots, n, false), nil
}

// NewSlab makes a pool of n slots in Go memory, where T may hold Go pointers:
// the collector sees them. It is for set-up.
func NewSlab[T any](l *Lane, n int) (*Pool[T], error) {
	if err := checkPool(l, n); err != nil {
		return nil, err
	}
	slots, err := pool.NewHandlesSlab[T](n)
	if err != nil {
		return nil, err
	}
	return newPool(l, slots, n, true), nil
}

func checkPool(l *Lane, n int) error {
	if !l.owned() {
		return ErrWrongThread
	}
	if n < 1 || n > pool.MaxSlots {
		return fmt.Errorf("core: pool of %d slots: must be 1 to %d", n, pool.MaxSlots)
	}
	return nil
}

func newPool[T any](l *Lane, slots *pool.Handles[T], n int, slab bool) *Pool[T] {
	p := &Pool[T]{
		origin: origin{l, uint64(len(l.origins))},
		slots:  slots,
		tags:   make([]Tag, n),
		mask:   1<<max(1, bits.Len(uint(n-1))) - 1, // as pool.Handle documents
		size:   sizeOf[T](),
		slab:   slab,
	}
	l.origins = append(l.origins, p)
	return p
}

// New takes a slot, zeroed. It fails with [ErrExhausted], or as a budget says.
//
// Cost: O(size of T). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Pool[T]) New() (Box[T], error) { return p.open(p.lane.tag(), !p.slab) }

// NewUninit is New without the zeroing; slots of slabs are zeroed when freed.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (p *Pool[T]) NewUninit() (Box[T], error) { return p.open(p.lane.tag(), false) }

func (p *Pool[T]) open(t Tag, zeroed bool) (Box[T], error) {
	l := p.lane
	if debug.Enabled && !l.owned() {
		return Box[T]{}, ErrWrongThread
	}
	h, v := p.slots.Get()
	if v == nil {
		return Box[T]{}, l.refuse(&poolFull, p.size, t)
	}
	if !l.books.book(t, p.size) {
		if err := p.bookSlow(h, t); err != nil {
			return Box[T]{}, err
		}
	}
	if zeroed {
		clear(unsafe.Slice(v, 1))
	}
	p.tags[uint64(h)&p.mask] = t
	return Box[T]{v, &p.origin, uint64(h), nil}, nil
}

// release closes a box by its handle.
func (p *Pool[T]) release(handle uint64) error {
	return Box[T]{origin: &p.origin, handle: handle}.Close()
}

// bookSlow completes a book, or puts the slot back.
//
//go:noinline
func (p *Pool[T]) bookSlow(h pool.Handle[T], t Tag) error {
	err := p.lane.bookSlow(PoolTier, t, p.size)
	if err != nil {
		p.slots.Put(h)
	}
	return err
}

// renew gives a slot a new handle. When its generations are used up the value
// moves to another slot.
func (p *Pool[T]) renew(handle uint64) (uint64, *T, bool) {
	from := p.slots.At(pool.Handle[T](handle))
	if from == nil {
		return 0, nil, false
	}
	t := p.tags[handle&p.mask]
	var v T
	if p.slab || debug.Enabled {
		v = *from // Put will clear or poison it
	}
	p.slots.Put(pool.Handle[T](handle))
	h, to := p.slots.Get()
	switch {
	case to == nil:
		p.lane.books.unbook(t, p.size)
		return 0, nil, false
	case p.slab || debug.Enabled:
		*to = v
	case to != from:
		*to = *from
	}
	p.tags[uint64(h)&p.mask] = t
	return uint64(h), to, true
}

// adopt copies a value into the pool, for promotion.
func (p *Pool[T]) adopt(from unsafe.Pointer, t Tag) (uint64, unsafe.Pointer, error) {
	b, err := p.open(t, false)
	if err != nil {
		return 0, nil, err
	}
	*b.p = *(*T)(from)
	return b.handle, unsafe.Pointer(b.p), nil
}

func (p *Pool[T]) handOver() { p.slots.HandOver() }

func (p *Pool[T]) leaks(report func(Tag, int)) {
	for h := range p.slots.All() {
		report(p.tags[uint64(h)&p.mask], p.size)
	}
}

func (p *Pool[T]) live(handle uint64) bool { return p.slots.At(pool.Handle[T](handle)) != nil }

// Cap returns the number of slots; Live counts those in use, looking at each.
func (p *Pool[T]) Cap() int  { return p.slots.Cap() }
func (p *Pool[T]) Live() int { return p.slots.Live() }

// Retired counts the slots whose generations are used up, looking at each.
func (p *Pool[T]) Retired() int { return p.slots.Retired() }
