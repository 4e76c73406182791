package pool

import "github.com/memkit-go/memkit/internal/atomics"

// A package that uses a generic type of this one compiles its methods anew, and
// can inline the functions of a third package in them only if this package has
// inlined them too, outside generic code: as inlined does, which is not called.
var _ = inlined

func inlined(p *uint32, word *atomics.Uint64) {
	word.CompareAndSwap(word.Load(), 1)
	atomics.CompareAndSwap32(p, atomics.Load32(p), 1)
	atomics.StoreRelease32(p, 1)
}
