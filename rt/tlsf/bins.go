package tlsf

import "math/bits"

// binset maps sizes to bins and knows which bins hold a free block. Sizes are
// counts of words (or, in [Ranges], of granules).
//
// With k bins for each power of two, a size s lies in bin
//
//	sh·k + (s >> sh),  sh = ⌊log2(max(s, k))⌋ − log2 k
//
// which is s itself up to 2k and grows by k with every doubling after that.
// The two levels of the TLSF paper are the digits of that number; because it is
// continuous, one formula without branches serves every size and every k.
type binset struct {
	perOctave uint32           // k, a power of two
	perLen    uint32           // bits.Len32(k)
	summary   uint32           // bit i is set when words[i] != 0
	words     [binWords]uint32 // bit i%32 of word i/32 is set when bin i is not empty
}

// binWords is twice the 32 that a summary covers, of which sizes to 2³⁰ need
// 27: the index of a lowest bit is 32 where there is none, and the word there
// is always empty.
const binWords = 64

func newBinset(perOctave uint32) binset {
	return binset{perOctave: perOctave, perLen: uint32(bits.Len32(perOctave))}
}

// of is the bin of a free block of s>0.
func (q *binset) of(s uint32) uint32 {
	sh := uint32(bits.Len32(s|q.perOctave)) - q.perLen
	return sh*q.perOctave + s>>(sh&31)
}

// roundUp is the smallest size in the first bin whose every block can serve s.
func (q *binset) roundUp(s uint32) uint32 {
	sh := uint32(bits.Len32(s|q.perOctave)) - q.perLen
	m := uint32(1)<<(sh&31) - 1
	return (s + m) &^ m
}

// floor is the smallest size in bin i.
func (q *binset) floor(i uint32) uint32 {
	if i < 2*q.perOctave {
		return i
	}
	sh := i/q.perOctave - 1
	return (i - sh*q.perOctave) << sh
}

func (q *binset) mark(i uint32) {
	f := i >> 5 & 31
	q.summary |= 1 << f
	q.words[f] |= 1 << (i & 31)
}

func (q *binset) clear(i uint32) {
	f := i >> 5 & 31
	m := q.words[f] &^ (1 << (i & 31))
	q.words[f] = m
	if m == 0 {
		q.summary &^= 1 << f
	}
}

// clearIf clears i if empty is set, without a branch.
func (q *binset) clearIf(i uint32, empty bool) {
	f := i >> 5 & 31
	bit := uint32(0)
	if empty {
		bit = 1
	}
	m := q.words[f] &^ (bit << (i & 31))
	q.words[f] = m
	if m == 0 {
		q.summary &^= 1 << f
	}
}

func (q *binset) marked(i uint32) bool { return q.words[i>>5&(binWords-1)]>>(i&31)&1 != 0 }

// from is the first bin ≥ i that is not empty.
func (q *binset) from(i uint32) (bin uint32, found bool) {
	f := i >> 5 & 31
	m := q.words[f] >> (i & 31) << (i & 31)
	if m == 0 {
		f = uint32(bits.TrailingZeros32(q.summary&(^uint32(1)<<(f&31)))) & (binWords - 1)
		m = q.words[f]
	}
	return f<<5 + uint32(bits.TrailingZeros32(m)), m != 0
}

// last is the last bin that is not empty.
func (q *binset) last() (bin uint32, found bool) {
	if q.summary == 0 {
		return 0, false
	}
	f := uint32(bits.Len32(q.summary)) - 1
	return f<<5 + uint32(bits.Len32(q.words[f&(binWords-1)])) - 1, true
}

func (q *binset) empty() { q.summary, q.words = 0, [binWords]uint32{} }
