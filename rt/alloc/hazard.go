package alloc

import (
	"fmt"
	"sync/atomic"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Hazard decides when an object that was removed from a lock-free structure may be
// freed: when no reader uses it any more. A reader protects the object that it is
// about to use with a [Guard]; a writer that has replaced an object hands it to its
// [Retirer], which frees it once no guard protects it.
//
//	writer: old := config.Swap(fresh); retirer.Retire(old)
//	reader: c := guard.Protect(&config); … use c …; guard.Release()
//
// Readers write one word each and never wait for writers. With G guards, at most 2G
// objects of each retirer are retired and not yet freed, so a pool that is that
// much larger than the structure needs never runs out.
// Michael, Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects, IEEE
// TPDS 15 (2004).
type Hazard[T any] struct {
	guards []guardSlot[T]
	free   func(*T)
}

// guardSlot is what one reader protects, on cache lines of its own.
type guardSlot[T any] struct {
	protected atomic.Pointer[T]
	taken     atomic.Bool
	_         [112]byte
}

// MaxGuards is the most guards that a [Hazard] can have.
const MaxGuards = 1024

// NewHazard makes a domain with a number of guards, one for each reader that may
// use an object at the same time. free is called once for each retired object, on
// the goroutine of a Retire or Flush; it is usually a pool's Put.
func NewHazard[T any](guards int, free func(*T)) (*Hazard[T], error) {
	if guards < 1 || guards > MaxGuards {
		return nil, fmt.Errorf("alloc: NewHazard: %d guards: must be from 1 to %d; give one for each concurrent reader", guards, MaxGuards)
	}
	if free == nil {
		return nil, fmt.Errorf("alloc: NewHazard: free is nil; give the Put of the objects' pool")
	}
	return &Hazard[T]{guards: make([]guardSlot[T], guards), free: free}, nil
}

// Guard reserves a guard for one reader. It fails with [ErrGuards].
func (h *Hazard[T]) Guard() (*Guard[T], error) {
	for i := range h.guards {
		if s := &h.guards[i]; s.taken.CompareAndSwap(false, true) {
			return &Guard[T]{s}, nil
		}
	}
	return nil, ErrGuards
}

// Guard protects one object at a time for one reader. It belongs to one goroutine
// at a time.
type Guard[T any] struct {
	slot *guardSlot[T]
}

// Protect returns the object that source holds, protected until the guard's next
// Protect, Release or Close, or nil when source holds none.
//
// Cost: O(1), and one more turn for each concurrent change of source. Allocates: no. Blocks: no. Caller: owner.
//
// Between loading the pointer and protecting it the object may be retired, so
// source is loaded again: if it still holds the pointer, the object was not
// retired before it was protected, and every later Retire sees the guard. That
// takes a full barrier between the store to the guard and the second load, which
// Go's atomic store is. Michael 2004, section 3.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn per concurrent change of source
func (g *Guard[T]) Protect(source *atomic.Pointer[T]) *T {
	for {
		if p, ok := g.TryProtect(source); ok {
			return p
		}
	}
}

// TryProtect is Protect without a loop. It returns false, and protects nothing,
// when source changed meanwhile.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (g *Guard[T]) TryProtect(source *atomic.Pointer[T]) (p *T, ok bool) {
	p = atomics.LoadPointer(source)
	atomics.StorePointer(&g.slot.protected, p)
	if atomics.LoadPointer(source) == p {
		return p, true
	}
	atomics.StorePointer(&g.slot.protected, nil)
	return nil, false
}

// Release ends the protection: the object may be freed any time from now on.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (g *Guard[T]) Release() { atomics.StorePointer(&g.slot.protected, nil) }

// Close releases the guard and returns it to its domain. The guard must not be used
// afterwards.
func (g *Guard[T]) Close() error {
	atomics.StorePointer(&g.slot.protected, nil)
	g.slot.taken.Store(false)
	return nil
}

// Retirer collects one writer's retired objects. It belongs to one goroutine at a
// time.
type Retirer[T any] struct {
	hazard  *Hazard[T]
	retired []*T
}

// Retirer makes a retirer for one writer. It holds up to twice as many objects as
// the domain has guards.
func (h *Hazard[T]) Retirer() *Retirer[T] {
	return &Retirer[T]{h, make([]*T, 0, 2*len(h.guards))}
}

// Retire frees p once no guard protects it, in this or a later Retire or Flush. New
// readers must have no way to reach p, and p must not be retired twice.
//
// Cost: O(1) on average over G calls, O(G²) at most, with G guards. Allocates: no. Blocks: no. Caller: owner.
//
// The list has room for 2G objects and is searched when it is full. Each guard
// protects at most one of them, so at least G are freed, and the list always has
// room.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 2G objects times G guards
//rt:allow ML601 reason="the list has room for 2G objects, see above"
func (r *Retirer[T]) Retire(p *T) {
	r.retired = append(r.retired, p)
	if len(r.retired) == cap(r.retired) {
		r.Flush()
	}
}

// Flush frees what no guard protects and returns how many objects are left.
//
// Cost: O(retired objects × guards). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 2G objects times G guards
func (r *Retirer[T]) Flush() int {
	kept := r.retired[:0]
	for _, p := range r.retired {
		if r.hazard.protects(p) {
			kept = append(kept, p)
		} else {
			//rt:allow ML610 reason="the user's function, called by the thread that retires"
			r.hazard.free(p)
		}
	}
	clear(r.retired[len(kept):])
	r.retired = kept
	return len(kept)
}

// protects reports whether a guard protects p.
func (h *Hazard[T]) protects(p *T) bool {
	for i := range h.guards {
		if atomics.LoadPointer(&h.guards[i].protected) == p {
			return true
		}
	}
	return false
}
