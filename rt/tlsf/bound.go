package tlsf

import "math/bits"

// WorstCaseArena returns the length of a region, in bytes, in which a heap can
// never fail a program that obeys two limits: the sizes of its live blocks, each
// counted as 16 bytes if it asked for less, never sum to more than maxLive, and
// none asks for more than n bytes or for more than an alignment of 16. It is
// ^uintptr(0) when no region could do.
//
// Blocks count with headers and rounding: M words in all, K in number, and S
// words for the largest, so M ≤ 2·maxLive/8 for good-fit, 2.56·maxLive/8 for
// half-fit, and K ≤ maxLive/16. One block of S words more is counted for the
// one that Free parks. What the heap's tables take is added.
//
// Good-fit:
//
//	H = M + (K+1)·(S−2)
//
// A request of S words fails only when every free block is shorter, by 2 words
// at least, and since free blocks merge there are no more of them than live
// blocks and one. It is the price of every policy that, like best fit, lets a
// small block settle in the middle of a large free one: Robson, "Worst case
// fragmentation of first fit and best fit storage allocation strategies", The
// Computer Journal 20(3), 1977, shows that such policies need about M·n words.
// The bound is often unaffordable; programs do not come near it.
//
// Half-fit:
//
//	H = M·(1 + ⌈log2(S/2)⌉)
//
// With sizes rounded to powers of two and the smallest sufficient bin taken
// first, memory grows by at most M for each size: Robson, "Bounds for some
// functions concerning dynamic storage allocation", JACM 21(3), 1974, for the
// argument; Ogasawara 1995 and o1heap's H = 2M(1+⌈log2 n⌉) for this heap, with
// M the sum of requests and 2 the cost of rounding. Here the cost is 2.56, that
// of a request of 25 bytes, because the header is counted too.
func WorstCaseArena(p Policy, maxLive, n uintptr) uintptr {
	if uint64(n) > maxRegion || uint64(maxLive) > maxRegion {
		return ^uintptr(0)
	}
	q := p.bins()
	maxLive = max(maxLive, n, unitSize)
	largest := uint64(q.roundUp(wordsFor(n)))
	count := uint64(maxLive/unitSize) + 1 // with the parked one
	var words uint64
	switch p {
	case HalfFit:
		live := (uint64(maxLive)*64+25*wordSize-1)/(25*wordSize) + largest
		words = live * uint64(1+bits.Len64(largest/2-1))
	default:
		live := 2*uint64(maxLive)/wordSize + largest
		words = live + (count+1)*(largest-2)
	}
	return regionFor(q, words)
}

// regionFor is the length of a region whose tables leave so many words.
func regionFor(q binset, words uint64) uintptr {
	if words > maxRegion/wordSize {
		return ^uintptr(0)
	}
	// The bitmap has a word for 64; two words go to rounding, two to the
	// sentinel and its alignment.
	cells := uint64(q.of(uint32(words))) + uint64(q.perOctave) + 3
	total := (words + cells + 4) * 64 / 63
	bytes := (total + 2) / 2 * unitSize
	if bytes > maxRegion {
		return ^uintptr(0)
	}
	return uintptr(bytes)
}
