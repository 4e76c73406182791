//go:build !amd64 || race

package doorbell

import "sync/atomic"

// Store stores v after everything that was written before.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func Store(w *uint32, v uint32) { atomic.StoreUint32(w, v) }

// StoreAlone is Store for a word whose reader needs nothing that was written before.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func StoreAlone(w *uint32, v uint32) { atomic.StoreUint32(w, v) }

// Await polls up to times until all of words are v.
//
// Cost: O(times). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound times, and a turn for each word
func Await(words []uint32, v uint32, times int) bool {
	for i := range words {
		for atomic.LoadUint32(&words[i]) != v {
			times--
			if times <= 0 {
				return false
			}
		}
	}
	return true
}
