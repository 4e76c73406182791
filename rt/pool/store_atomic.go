//go:build !amd64 || race

package pool

import "sync/atomic"

// storeRelaxed stores v where another goroutine may read it atomically.
func storeRelaxed(p *uint32, v uint32) { atomic.StoreUint32(p, v) }
