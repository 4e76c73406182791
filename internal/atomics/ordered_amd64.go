//go:build !interleave && !race

package atomics

// StoreRelease stores v so that whoever reads it atomically also sees what was
// written before. On this architecture every store does, because stores become
// visible in program order; the compiler stores the words of a value before what
// follows in the source, since it may alias them.
func StoreRelease(p *uint64, v uint64) { *p = v }

// StoreRelease32 is StoreRelease of a word of 32 bits.
func StoreRelease32(p *uint32, v uint32) { *p = v }
