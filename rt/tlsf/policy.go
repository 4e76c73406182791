package tlsf

// Policy says which free block serves a request. Both policies round a request
// up to the smallest size of its bin and take the first block of the first bin
// from there on that is not empty. So both are O(1), and a freed block always
// serves the same request again. They differ in how many bins a power of two
// is cut into.
type Policy uint8

const (
	// GoodFit cuts each power of two into 32 bins: Masmano, Ripoll, Crespo and
	// Real, "TLSF: a new dynamic memory allocator for real-time systems",
	// ECRTS 2004. Rounding adds at most 1/32 to a block. Fragmentation is low in
	// practice; the bound for the worst case is many times higher (see
	// [WorstCaseArena]).
	GoodFit Policy = iota
	// HalfFit has one bin for each power of two: Ogasawara, "An algorithm with
	// constant execution time for dynamic storage allocation", RTCSA 1995, with
	// sizes rounded to powers of two as in Kirienko's o1heap. Rounding wastes
	// up to half of a block; it is faster, and its worst case is affordable.
	HalfFit
)

func (p Policy) String() string {
	switch p {
	case GoodFit:
		return "good-fit"
	case HalfFit:
		return "half-fit"
	}
	return "unknown policy"
}

func (p Policy) bins() binset {
	if p == HalfFit {
		return newBinset(1)
	}
	return newBinset(32)
}

// BlockSize is what a request of n bytes takes from the heap, its header of 8
// bytes and all rounding included. It is at most 2n for good-fit requests of
// 16 bytes and more; for half-fit ones at most 2.56n, and 2(n+8) rounded up to
// 16. For an n that no heap can serve it is 0.
func (p Policy) BlockSize(n uintptr) uintptr {
	if uint64(n) > maxRegion {
		return 0
	}
	q := p.bins()
	return uintptr(q.roundUp(wordsFor(n))) * wordSize
}
