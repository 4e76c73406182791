package tlsf

import "fmt"

// Stats is a snapshot of a heap's account. Sizes are in bytes.
type Stats struct {
	// Used is the sum of all live blocks, with their headers and rounding; Peak
	// is its maximum since New or Reset. See [Policy.BlockSize].
	Used, Peak uintptr
	// PeakRequest is the largest request so far, also if it failed.
	PeakRequest uintptr
	// Failures counts requests that could not be served.
	Failures uint64
	// RemoteErrors counts blocks from FreeRemote that Free refused.
	RemoteErrors uint64
	// Free is the sum of all free blocks.
	Free uintptr
	// LargestFree is the largest request that is certain to succeed now; 0 also
	// when there is none.
	LargestFree uintptr
	// Fragmentation is 1 − LargestFree/Free: near 0 when the free memory is one
	// block, near 1 when it is scattered. In the wide bins of a
	// half-fit heap LargestFree is a low estimate, and so Fragmentation a high
	// one.
	Fragmentation float64
}

// String is a sentence for logs.
func (s Stats) String() string {
	text := fmt.Sprintf("%d bytes used, at most %d, %d free, largest request that fits %d, largest request %d, %d failed",
		s.Used, s.Peak, s.Free, s.LargestFree, s.PeakRequest, s.Failures)
	if s.RemoteErrors > 0 {
		text += fmt.Sprintf(", %d remote frees refused", s.RemoteErrors)
	}
	return text
}

// used is how many words live blocks have.
func (h *Heap) used() uint32 { return h.peak - uint32(h.room) - h.parkedSize }

// Stats reports the heap's account.
// Cost: O(pools). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one iteration for each pool
func (h *Heap) Stats() Stats {
	h.mergeParked()
	s := Stats{
		Used:         uintptr(h.used()) * wordSize,
		Peak:         uintptr(h.peak) * wordSize,
		PeakRequest:  h.peakRequest,
		Failures:     h.failures,
		RemoteErrors: h.remoteErrors,
	}
	for i := range h.pools {
		s.Free += uintptr(h.pools[i].last-h.pools[i].first) * wordSize
	}
	s.Free -= s.Used
	if i, found := h.bins.last(); found {
		s.LargestFree = uintptr(h.bins.floor(i))*wordSize - headerSize
	}
	if s.Free > 0 {
		s.Fragmentation = 1 - float64(s.LargestFree)/float64(s.Free)
	}
	return s
}
