package ring

import "github.com/memkit-go/memkit/internal/atomics"

// A package that uses a generic type of this one compiles its methods anew, and
// can inline the functions of a third package in them only if this package has
// inlined them too, outside generic code: as inlined does, which is not called.
var _ = inlined

func inlined(p *uint64) {
	atomics.Add(p, 1)
	atomics.StoreRelease(p, 1)
}
