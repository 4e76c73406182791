//go:build !interleave && !race

package atomics

// StoreRelease stores v so that a goroutine that reads it atomically also sees all
// earlier writes. On this architecture every store does so, because stores become
// visible in program order; the compiler stores the words of a value before later
// statements of the source, since those may alias them.
func StoreRelease(p *uint64, v uint64) { *p = v }

// StoreRelease32 is StoreRelease of a word of 32 bits.
func StoreRelease32(p *uint32, v uint32) { *p = v }
