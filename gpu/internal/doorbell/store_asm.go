//go:build amd64 && !race

package doorbell

// Store stores v with a plain move and an SFENCE on either side: everything written
// before is visible to the device no later than v, and v leaves the processor's
// write-combining buffer at once. Package sync/atomic stores with a locked exchange
// instead, which reads the word: over the bus, where the word lies in device memory.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//go:noescape
//rt:trust reason="two stores; see store_amd64.s"
func Store(w *uint32, v uint32)

// StoreAlone is Store for a word whose reader needs nothing that was written before.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//go:noescape
//rt:trust reason="one store; see store_amd64.s"
func StoreAlone(w *uint32, v uint32)

// Await polls up to times until all of words are v, with a PAUSE after each look.
//
// Cost: O(times). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//go:noescape
//rt:trust reason="it ends after the times given; see store_amd64.s"
func Await(words []uint32, v uint32, times int) bool
