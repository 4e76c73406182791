//go:build interleave || race

package atomics

import (
	"hash/maphash"
	"sync/atomic"
	"unsafe"
)

// Explored says whether accesses are announced to an explorer.
const Explored = true

// Kind tells accesses apart.
type Kind uint8

const (
	// Loading a word, atomically.
	Loading Kind = iota
	// Releasing stores a word that other threads may see later.
	Releasing
	// Changing stores a word, or reads and stores it, at once and after everything
	// that the thread stored before.
	Changing
	// Reading and Writing are accesses to a value that is no atomic word. The
	// thread makes them itself, before its next access.
	Reading
	Writing
)

// Access is what a thread is about to do to shared memory.
type Access struct {
	Kind Kind
	// At is the address of the word or value.
	At uintptr
	// Now answers what it holds, as a number that tells contents apart.
	Now func() uint64
	// Perform does what the thread does not do itself, and returns what it learns
	// from that. It is nil for a value.
	Perform func() uint64
	// Value is what Releasing stores.
	Value uint64
}

// Explorer, when set, decides when an access happens, and returns what the thread
// learns: the result of Perform, or the value of a store of its own that others
// do not see yet. One thread at a time runs while it is set.
var Explorer func(Access) uint64

// Uint64 is an atomic word, aligned also on processors of 32 bits.
type Uint64 struct{ word atomic.Uint64 }

func (u *Uint64) Load() uint64 {
	if Explorer == nil {
		return u.word.Load()
	}
	return Explorer(access(Loading, u, u.word.Load))
}

func (u *Uint64) Store(v uint64) {
	if Explorer == nil {
		u.word.Store(v)
		return
	}
	Explorer(access(Changing, u, func() uint64 { u.word.Store(v); return 0 }))
}

func (u *Uint64) CompareAndSwap(old, new uint64) bool {
	if Explorer == nil {
		return u.word.CompareAndSwap(old, new)
	}
	return Explorer(access(Changing, u, func() uint64 { return number(u.word.CompareAndSwap(old, new)) })) == 1
}

// Pointer is an atomic pointer.
type Pointer[T any] struct{ word atomic.Pointer[T] }

func (p *Pointer[T]) Load() *T   { return LoadPointer(&p.word) }
func (p *Pointer[T]) Store(v *T) { StorePointer(&p.word, v) }

func (p *Pointer[T]) Swap(v *T) (old *T) {
	if Explorer == nil {
		return p.word.Swap(v)
	}
	Explorer(access(Changing, &p.word, func() uint64 { old = p.word.Swap(v); return uint64(uintptr(unsafe.Pointer(old))) }))
	return old
}

func Load(p *uint64) uint64 {
	if Explorer == nil {
		return atomic.LoadUint64(p)
	}
	return Explorer(access(Loading, p, func() uint64 { return atomic.LoadUint64(p) }))
}

func Load32(p *uint32) uint32 {
	if Explorer == nil {
		return atomic.LoadUint32(p)
	}
	return uint32(Explorer(access(Loading, p, func() uint64 { return uint64(atomic.LoadUint32(p)) })))
}

func Store(p *uint64, v uint64) {
	if Explorer == nil {
		atomic.StoreUint64(p, v)
		return
	}
	Explorer(access(Changing, p, func() uint64 { atomic.StoreUint64(p, v); return 0 }))
}

func StoreRelease(p *uint64, v uint64) {
	if Explorer == nil {
		atomic.StoreUint64(p, v)
		return
	}
	a := access(Releasing, p, func() uint64 { atomic.StoreUint64(p, v); return 0 })
	a.Value = v
	Explorer(a)
}

func StoreRelease32(p *uint32, v uint32) {
	if Explorer == nil {
		atomic.StoreUint32(p, v)
		return
	}
	a := access(Releasing, p, func() uint64 { atomic.StoreUint32(p, v); return 0 })
	a.Value = uint64(v)
	Explorer(a)
}

func CompareAndSwap(p *uint64, old, new uint64) bool {
	if Explorer == nil {
		return atomic.CompareAndSwapUint64(p, old, new)
	}
	return Explorer(access(Changing, p, func() uint64 { return number(atomic.CompareAndSwapUint64(p, old, new)) })) == 1
}

func CompareAndSwap32(p *uint32, old, new uint32) bool {
	if Explorer == nil {
		return atomic.CompareAndSwapUint32(p, old, new)
	}
	return Explorer(access(Changing, p, func() uint64 { return number(atomic.CompareAndSwapUint32(p, old, new)) })) == 1
}

// Add returns the new value.
func Add(p *uint64, delta uint64) uint64 {
	if Explorer == nil {
		return atomic.AddUint64(p, delta)
	}
	return Explorer(access(Changing, p, func() uint64 { return atomic.AddUint64(p, delta) }))
}

// LoadPointer keeps what p held when the access happened.
func LoadPointer[T any](p *atomic.Pointer[T]) *T {
	if Explorer == nil {
		return p.Load()
	}
	var v *T
	Explorer(access(Loading, p, func() uint64 { v = p.Load(); return uint64(uintptr(unsafe.Pointer(v))) }))
	return v
}

func StorePointer[T any](p *atomic.Pointer[T], v *T) {
	if Explorer == nil {
		p.Store(v)
		return
	}
	Explorer(access(Changing, p, func() uint64 { p.Store(v); return 0 }))
}

// Reads announces that the caller reads *p, which is no atomic word, before its
// next access.
func Reads[T any](p *T) {
	if Explorer != nil {
		Explorer(access(Reading, p, nil))
	}
}

// Writes announces that the caller writes *p, which is no atomic word, before its
// next access.
func Writes[T any](p *T) {
	if Explorer != nil {
		Explorer(access(Writing, p, nil))
	}
}

func access[T any](k Kind, p *T, perform func() uint64) Access {
	return Access{Kind: k, At: uintptr(unsafe.Pointer(p)), Now: func() uint64 { return digest(p) }, Perform: perform}
}

var seed = maphash.MakeSeed()

// digest tells contents of *p apart.
func digest[T any](p *T) uint64 {
	if n := unsafe.Sizeof(*p); n != 8 {
		return maphash.Bytes(seed, unsafe.Slice((*byte)(unsafe.Pointer(p)), n))
	}
	return *(*uint64)(unsafe.Pointer(p))
}

func number(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
