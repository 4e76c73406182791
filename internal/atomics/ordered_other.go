//go:build !amd64 && !interleave && !race

package atomics

import "sync/atomic"

// StoreRelease stores v so that a goroutine that reads it atomically also sees all
// earlier writes.
func StoreRelease(p *uint64, v uint64) { atomic.StoreUint64(p, v) }

// StoreRelease32 is StoreRelease of a word of 32 bits.
func StoreRelease32(p *uint32, v uint32) { atomic.StoreUint32(p, v) }
