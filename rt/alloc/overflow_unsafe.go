package alloc

import "unsafe"

// overflow decides what becomes of a request that cannot be served because of
// err.
//
//go:noinline
func (a *Allocator) overflow(n, align uintptr, err error) (unsafe.Pointer, error) {
	if err == ErrAlignment {
		return nil, err // the request is wrong; memory did not run out
	}
	a.stats.failures++
	switch {
	case a.config.Overflow == Panic:
		panic(OverflowPanic{n, err})
	case a.config.Overflow == Error || n > a.max:
		return nil, err
	case a.config.RealTime():
		a.stats.fallbacksRefused++
		return nil, err
	}
	return a.fallBack(n, align, err)
}

// fallbackBlock is a block from the Go heap: its memory, what the request asked for
// of it, and the alignment.
type fallbackBlock struct {
	memory      []byte
	size, align uintptr
}

// maxFallback is the largest request that is worth asking the Go heap for; make
// would panic for one beyond the address space.
const maxFallback = 1 << 40

// fallBack serves n bytes from the Go heap.
//
//rt:allow ML601 reason="the policy Fallback was chosen, and a real-time thread is refused"
//rt:allow ML605 reason="the policy Fallback was chosen, and a real-time thread is refused"
func (a *Allocator) fallBack(n, align uintptr, err error) (unsafe.Pointer, error) {
	if n > maxFallback {
		return nil, err
	}
	a.stats.fallbacks++
	align = max(align, blockAlign)
	memory := make([]byte, n+align)
	p := unsafe.Pointer(unsafe.SliceData(memory))
	p = unsafe.Add(p, -uintptr(p)&(align-1))
	a.fallback[p] = fallbackBlock{memory, n, align}
	return p, nil
}

// freeFallback frees p if it came from the Go heap; otherwise it returns err, which
// is the heap's answer.
//
//go:noinline
func (a *Allocator) freeFallback(p unsafe.Pointer, err error) error {
	if _, ok := a.fallback[p]; !ok {
		return err
	}
	delete(a.fallback, p)
	return nil
}
