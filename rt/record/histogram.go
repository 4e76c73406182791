package record

import "math/bits"

// subBits sets the histogram's resolution: 2^subBits cells an octave, so that a
// cell is at most 1/128 (0.8%) as wide as the values it holds. One more bit
// would halve that and double the 57 KiB of counters; a real series touches two
// or three octaves of them, 3 KiB, which stay in the first-level cache.
const subBits = 7

const subCount = 1 << subBits

// cellCount covers every non-negative int64: subCount exact cells, then
// subCount for each octave above them.
const cellCount = subCount + (63-subBits)*subCount

// histogram counts non-negative values in log-linear cells: exact below
// 2×subCount, then subCount equal cells for each doubling. It covers all of
// int64, so no value is out of its range.
type histogram [cellCount]int64

// cell is the index of the cell that holds v, which must not be negative.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
// After Gil Tene, HdrHistogram (2012), without its configurable range.
//
//rt:nonblocking
//rt:nonallocating
func cell(v int64) int {
	u := uint64(v)
	// Or-ing subCount in gives the exact cells a shift of 0 without a branch.
	shift := bits.Len64(u|subCount) - (subBits + 1)
	return shift<<subBits + int(u>>(shift&63))
}

// cellTop is the largest value that cell i holds.
func cellTop(i int) int64 {
	if i < 2*subCount {
		return int64(i)
	}
	shift := i>>subBits - 1
	mantissa := uint64(i - shift<<subBits)
	return int64((mantissa+1)<<shift - 1)
}

// atRank is the largest value of the cell that holds the k-th smallest value,
// k from 1.
func (h *histogram) atRank(k int64) int64 {
	for i := range h {
		if k -= h[i]; k <= 0 {
			return cellTop(i)
		}
	}
	panic("record: histogram holds fewer values than its recorder counted")
}
