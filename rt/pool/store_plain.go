//go:build amd64 && !race

package pool

// storeRelaxed stores v where another goroutine may read it atomically, and
// what it reads then matters only if a later compare-and-swap succeeds. On this
// architecture an aligned store is not torn and becomes visible in program
// order, and a compare-and-swap is a full barrier; an atomic store would be an
// exchange, which costs as much as the compare-and-swap itself.
func storeRelaxed(p *uint32, v uint32) { *p = v }
