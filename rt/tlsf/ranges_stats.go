package tlsf

// RangesStats is to a [Ranges] what [Stats] is to a [Heap].
type RangesStats struct {
	Live          int // ranges
	Used, Peak    uint64
	PeakRequest   uint64
	Failures      uint64
	Free          uint64
	LargestFree   uint64
	Fragmentation float64
}

// Stats reports the account, as [Heap.Stats] does.
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *Ranges) Stats() RangesStats {
	s := RangesStats{
		Live:        r.live,
		Used:        uint64(r.used) * r.config.Granule,
		Peak:        uint64(r.peak) * r.config.Granule,
		PeakRequest: r.request,
		Failures:    r.failed,
		Free:        uint64(r.granules()-r.used) * r.config.Granule,
	}
	if i, found := r.bins.last(); found {
		s.LargestFree = uint64(r.bins.floor(i)) * r.config.Granule
	}
	if s.Free > 0 {
		s.Fragmentation = 1 - float64(s.LargestFree)/float64(s.Free)
	}
	return s
}
