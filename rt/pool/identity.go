package pool

import "sync/atomic"

// identities counts the pools and frames that this process has made.
var identities atomic.Uint64

// identity returns a number for a new pool or frame to count its generations from,
// so that what another one handed out is not mistaken for its own. Multiples of
// 2⁶⁴ divided by the golden ratio lie as far apart as can be, however many there
// are: of N, any two differ by 2⁶⁴/2.7N at least, modulo 2⁶⁴. Knuth, The Art of
// Computer Programming, vol. 3, 2nd ed. (1998), section 6.4.
func identity() uint64 { return identities.Add(1) * 0x9e3779b97f4a7c15 }
