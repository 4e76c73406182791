//go:build amd64 && !race

package seqlock

// storeRelease stores v so that a goroutine that reads it atomically also sees all
// earlier writes. On this architecture stores become visible in program order and
// aligned ones are not torn, so a plain store will do (Intel SDM vol. 3A, section
// 8.2.2; AMD APM vol. 2, section 7.2); a test reads off the linked code that the
// compiler keeps them in order. An atomic store would be an exchange, which waits
// for all stores before it.
func storeRelease(p *uint64, v uint64) { *p = v }
