//go:build rtdebug

package debug

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

// Owner records the goroutine that something belongs to. Goroutines are compared
// rather than threads: a goroutine that is not locked to its thread moves between
// threads and does nothing wrong, and one that is locked has a thread of its own. A
// goroutine that starts after the owner has ended may pass for it; the two cannot
// run at the same time.
type Owner struct {
	self              uintptr // 0 while there is no owner
	goroutine, thread int64
}

// Adopt makes the calling goroutine the owner.
func (o *Owner) Adopt() {
	atomic.StoreUintptr(&o.self, self())
	o.record()
}

// Mine reports whether the calling goroutine is the owner.
func (o *Owner) Mine() bool { return atomic.LoadUintptr(&o.self) == self() }

// Check makes the caller the owner if there is none. It panics if there is
// another, naming the thing that is owned.
func (o *Owner) Check(what string) {
	if o.Mine() {
		return
	}
	if atomic.CompareAndSwapUintptr(&o.self, 0, self()) {
		o.record()
		return
	}
	panic(fmt.Sprintf("%s: used by goroutine %d on thread %d, owned by goroutine %d, first seen on thread %d; call HandOver before another goroutine takes over",
		what, goroutine(), thread(), atomic.LoadInt64(&o.goroutine), atomic.LoadInt64(&o.thread)))
}

// record keeps what a panic names.
func (o *Owner) record() {
	atomic.StoreInt64(&o.goroutine, goroutine())
	atomic.StoreInt64(&o.thread, thread())
}

// Release leaves the thing without an owner.
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
