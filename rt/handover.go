package rt

import (
	"sync"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Handover gives a real-time thread objects and takes back those that it no
// longer uses, so that it never frees anything: tables, filters, buffers from a
// pool, whatever is too large to copy or holds pointers. For small plain values
// [ring.Latest] is simpler. A Handover lives within one process; between processes
// send handles.
//
// Every object ends up in release exactly once, on an ordinary goroutine: when
// the thread has gone on to a newer one, or when a newer one replaced it before
// the thread saw it. A Latest of handles with a queue back would lose the latter.
//
//	filters := rt.NewHandover(first, func(f *Filter) { pool.Put(f) })
//	filters.Publish(next)               // ordinary goroutines
//	f := filters.Current()              // the step
type Handover[T any] struct {
	release func(*T)
	giving  sync.Mutex // orders Publish, Collect and Close

	next atomics.Pointer[T]
	// retired has room for two. Publish empties it after it has set next; an object
	// on its way there at that moment takes one place, and what next replaces takes
	// the other. With one place, the last object published could wait for a Collect
	// that is never called.
	retired [2]atomics.Pointer[T]

	_       [64]byte
	current *T // the real-time thread's
}

// NewHandover starts with first as the current object, which may be nil. release
// is called on the goroutine that calls Publish, Collect or Close; nil leaves
// objects to the garbage collector.
func NewHandover[T any](first *T, release func(*T)) *Handover[T] {
	if release == nil {
		release = func(*T) {}
	}
	return &Handover[T]{release: release, current: first}
}

// Current is the newest object, the thread's to use until it calls Current again.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
// It goes on to a newer object only when there is room to retire the old one.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound two places
func (h *Handover[T]) Current() *T {
	if h.next.Load() == nil {
		return h.current
	}
	for i := range h.retired {
		if h.retired[i].Load() != nil {
			continue
		}
		if v := h.next.Swap(nil); v != nil {
			h.retired[i].Store(h.current)
			h.current = v
		}
		break
	}
	return h.current
}

// Publish makes v, which must not be nil, the newest object, and releases those
// that the thread no longer uses. An object must not be published twice.
func (h *Handover[T]) Publish(v *T) {
	h.giving.Lock()
	defer h.giving.Unlock()
	if unseen := h.next.Swap(v); unseen != nil {
		h.release(unseen)
	}
	h.collect()
}

// Collect releases what the thread no longer uses and returns how many objects
// that were. Publish does it too; call Collect where objects are needed back
// sooner.
func (h *Handover[T]) Collect() int {
	h.giving.Lock()
	defer h.giving.Unlock()
	return h.collect()
}

func (h *Handover[T]) collect() (n int) {
	for i := range h.retired {
		if v := h.retired[i].Swap(nil); v != nil {
			h.release(v)
			n++
		}
	}
	return n
}

// Close releases every object. The thread must have ended.
func (h *Handover[T]) Close() error {
	h.giving.Lock()
	defer h.giving.Unlock()
	h.collect()
	for _, v := range []*T{h.next.Swap(nil), h.current} {
		if v != nil {
			h.release(v)
		}
	}
	h.current = nil
	return nil
}
