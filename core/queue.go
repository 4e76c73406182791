package core

import (
	"runtime"

	"github.com/memkit-go/memkit/internal/seqlock"
)

// release is a deferred free: a handle, and the index of the origin that it
// belongs to.
type release struct{ handle, origin uint64 }

// releaser is a heap or a pool, whatever its type.
type releaser interface {
	release(handle uint64) error
	handOver()                          // to another goroutine
	leaks(report func(t Tag, size int)) // each box in use
}

// enqueue may be called by any thread.
func (l *Lane) enqueue(r release) error {
	d := &l.a.config.Deferred
	if d.Mode == Disabled {
		return ErrDisabled
	}
	if l.queue.Push(r) {
		return nil
	}
	switch d.Full {
	case Wait:
		for !l.queue.Push(r) {
			if l.a.closed.Load() {
				return ErrClosed
			}
			//rt:allow ML602 reason="the policy Wait was chosen"
			runtime.Gosched()
		}
		return nil
	case Drop:
		l.dropped.Add(1)
		return nil
	}
	l.turnedAway.Add(1)
	return ErrFull
}

// drainIn is Drain on a frame's account.
func (l *Lane) drainIn(f *Frame, n int) {
	if freed := l.Drain(n); freed > 0 {
		f.events().Deferred = uint32(freed)
	}
}

// Drain carries out up to n deferred frees and returns how many there were.
//
// Cost: O(n). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound n turns
func (l *Lane) Drain(n int) int {
	if !l.owned() {
		return 0
	}
	done, failed := 0, uint64(0)
	for ; done < n; done++ {
		r, ok := l.queue.Pop()
		if !ok {
			break
		}
		if l.origins[r.origin].release(r.handle) != nil {
			failed++
		}
	}
	if done > 0 {
		c := l.stats.Begin()
		seqlock.Store(&c.Deferred, c.Deferred+uint64(done))
		seqlock.Store(&c.DeferredErrors, c.DeferredErrors+failed)
		l.stats.End()
		if hook := l.a.config.Hooks.OnDeferred; hook != nil {
			//rt:allow ML610 reason="the hook is the user's"
			hook(l.index, done)
		}
	}
	return done
}
