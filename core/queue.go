package core

import "runtime"

// release is a free that waits, and the index of the home that is to do it.
type release struct{ handle, home uint64 }

// releaser is a heap or a pool, whatever its type.
type releaser interface {
	release(handle uint64) error
	handOver()                        // to another goroutine
	leaks(note func(t Tag, size int)) // tells of each box in use
}

// enqueue runs in any thread.
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
	done := 0
	for ; done < n; done++ {
		r, ok := l.queue.Pop()
		if !ok {
			break
		}
		if l.homes[r.home].release(r.handle) != nil {
			l.deferredErrors++
		}
	}
	if done > 0 {
		l.deferred += uint64(done)
		if hook := l.a.config.Hooks.OnDeferred; hook != nil {
			hook(l.index, done)
		}
	}
	return done
}
