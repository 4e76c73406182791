//go:build !amd64 || race

package core

import "sync/atomic"

// storeRelease stores v so that whoever reads it atomically also sees what was
// written before.
func storeRelease(p *uint64, v uint64) { atomic.StoreUint64(p, v) }
