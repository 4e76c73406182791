package arena

import (
	"errors"
	"sync/atomic"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

var errOnHeap = errors.New("the arena is Go heap memory in this build")

// newOnHeap backs an arena with a Go slice, aligned like a mapping.
func newOnHeap(c Config) *Arena {
	align := pageSize
	if c.Huge {
		align = hugePageSize
	}
	size := roundUp(c.Size, align)
	b := make([]byte, size+align)
	skip := -int(uintptr(unsafe.Pointer(&b[0]))) & (align - 1)
	b = b[skip : skip+size : skip+size]
	touch(b)
	a := &Arena{bytes: b, fd: -1}
	if !c.NoLock {
		a.granted.LockErr = &LockError{Bytes: uint64(size), Err: errOnHeap}
	}
	if c.Huge {
		a.granted.HugeErr = errOnHeap
	}
	return a
}

// addressOf is for alignment arithmetic on mapped memory, which never moves.
func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(&b[0])) }

// touch makes every page of b resident and writable. It adds zero atomically,
// because a peer may already write to a shared arena.
func touch(b []byte) {
	for i := 0; i < len(b); i += pageSize {
		atomic.AddUint32((*uint32)(unsafe.Pointer(&b[i])), 0)
	}
}

// unpoison makes all of the arena addressable to the address sanitizer; heaps over
// it have poisoned parts.
func (a *Arena) unpoison() {
	if len(a.bytes) > 0 {
		debug.Unpoison(unsafe.Pointer(&a.bytes[0]), uintptr(len(a.bytes)))
	}
}
