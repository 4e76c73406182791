//go:build rtdebug

package debug

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

// Owner of something that belongs to one goroutine at a time: the first one
// that is checked. Goroutines and not threads are compared, because one that is
// not locked to its thread moves between threads without doing wrong, and one
// that is locked has a thread of its own. A goroutine that starts after the
// owner's end may pass for it; the two cannot be at work at the same time.
type Owner struct {
	self              uintptr // 0 for nobody
	goroutine, thread int64
}

// Check panics when another goroutine than the caller owns what is called what.
func (o *Owner) Check(what string) {
	me := self()
	if atomic.LoadUintptr(&o.self) == me {
		return
	}
	if atomic.CompareAndSwapUintptr(&o.self, 0, me) {
		atomic.StoreInt64(&o.goroutine, goroutine())
		atomic.StoreInt64(&o.thread, thread())
		return
	}
	panic(fmt.Sprintf("%s: used by goroutine %d on thread %d, owned by goroutine %d, first seen on thread %d; call HandOver before another goroutine takes over",
		what, goroutine(), thread(), atomic.LoadInt64(&o.goroutine), atomic.LoadInt64(&o.thread)))
}

// Release makes the next goroutine that is checked the owner.
func (o *Owner) Release() { atomic.StoreUintptr(&o.self, 0) }

// goroutine is the number of the calling goroutine, as a stack trace gives it.
func goroutine() int64 {
	var text [40]byte
	n := int64(0)
	for _, c := range text[len("goroutine "):runtime.Stack(text[:], false)] {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
