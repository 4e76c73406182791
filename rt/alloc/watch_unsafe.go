package alloc

import (
	"time"
	"unsafe"
)

// watchAlloc is allocAligned with hooks and clock.
//
//rt:allow ML610 reason="the hooks and the clock are the user's"
func (a *Allocator) watchAlloc(n, align uintptr) (unsafe.Pointer, error) {
	h := &a.config.Hooks
	if h.AllocStart != nil {
		h.AllocStart(n)
	}
	start := a.config.Clock()
	p, err := a.allocAligned(n, align)
	took := time.Duration(a.config.Clock() - start)
	a.stats.allocs.add(took, a.config.WCETAlloc)
	if h.AllocEnd != nil {
		h.AllocEnd(n, took, err)
	}
	return p, err
}

// watchRealloc is realloc with the hooks and the clock of an allocation.
//
//rt:allow ML610 reason="the hooks and the clock are the user's"
func (a *Allocator) watchRealloc(p unsafe.Pointer, n uintptr) (unsafe.Pointer, error) {
	h := &a.config.Hooks
	if h.AllocStart != nil {
		h.AllocStart(n)
	}
	start := a.config.Clock()
	q, err := a.realloc(p, n)
	took := time.Duration(a.config.Clock() - start)
	a.stats.allocs.add(took, a.config.WCETAlloc)
	if h.AllocEnd != nil {
		h.AllocEnd(n, took, err)
	}
	return q, err
}

//rt:allow ML610 reason="the hooks and the clock are the user's"
func (a *Allocator) watchFree(p unsafe.Pointer) error {
	h := &a.config.Hooks
	if h.FreeStart != nil {
		h.FreeStart()
	}
	start := a.config.Clock()
	err := a.free(p)
	took := time.Duration(a.config.Clock() - start)
	a.stats.frees.add(took, a.config.WCETFree)
	if h.FreeEnd != nil {
		h.FreeEnd(took, err)
	}
	return err
}

func (t *timing) add(took, bound time.Duration) {
	t.worst = max(t.worst, took)
	if bound > 0 && took > bound {
		t.overruns++
	}
}

// epoch is where monotonic counts from.
var epoch = time.Now()

// monotonic reads the monotonic clock in nanoseconds since the program started.
func monotonic() int64 { return int64(time.Since(epoch)) }
