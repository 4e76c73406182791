//go:build !interleave && !race

package atomics

import "sync/atomic"

// Explored says whether accesses are announced to an explorer.
const Explored = false

// Uint64 is an atomic word, aligned also on processors of 32 bits.
type Uint64 = atomic.Uint64

// Pointer is an atomic pointer.
type Pointer[T any] = atomic.Pointer[T]

func Load(p *uint64) uint64     { return atomic.LoadUint64(p) }
func Load32(p *uint32) uint32   { return atomic.LoadUint32(p) }
func Store(p *uint64, v uint64) { atomic.StoreUint64(p, v) }

func CompareAndSwap(p *uint64, old, new uint64) bool {
	return atomic.CompareAndSwapUint64(p, old, new)
}

func CompareAndSwap32(p *uint32, old, new uint32) bool {
	return atomic.CompareAndSwapUint32(p, old, new)
}

// Add returns the new value.
func Add(p *uint64, delta uint64) uint64 { return atomic.AddUint64(p, delta) }

func LoadPointer[T any](p *atomic.Pointer[T]) *T     { return p.Load() }
func StorePointer[T any](p *atomic.Pointer[T], v *T) { p.Store(v) }

// Reads announces that the caller reads *p, which is no atomic word, and Writes
// that it writes it, before the caller's next access.
func Reads[T any](*T)  {}
func Writes[T any](*T) {}
