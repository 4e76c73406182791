package isolate

import "github.com/memkit-go/memkit/internal/atomics"

// As package ring has it, for packages that import this one and use rings: the
// compiler takes the functions to inline from the first import that mentions them.
var _ = inlined

func inlined(p *uint64) {
	atomics.Add(p, 1)
	atomics.StoreRelease(p, 1)
}
