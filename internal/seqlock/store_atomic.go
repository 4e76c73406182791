//go:build !amd64 || race

package seqlock

import "sync/atomic"

// storeRelease stores v so that a goroutine that reads it atomically also sees all
// earlier writes.
func storeRelease(p *uint64, v uint64) { atomic.StoreUint64(p, v) }
