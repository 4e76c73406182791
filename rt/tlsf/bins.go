package tlsf

import (
	"math"
	"math/bits"
)

// binset maps sizes to bins and knows which bins hold a free block. Sizes are
// counts of words (or, in [Ranges], of granules).
//
// With k bins for each power of two, a size s lies in bin
//
//	e·k + m,  e = ⌊log2 s⌋,  m the log2 k bits of s behind its leading one
//
// The two levels of the TLSF paper are the digits of that number, and a
// floating-point number has both side by side: the exponent, less a bias, and the
// fraction's first bits. So a conversion and a shift find the bin of any size, for
// any k, and an addition before the shift rounds up: a carry out of the fraction
// is the next power of two. Sizes below k leave bins between them unused. With one
// bin for each power of two the position of a size's highest bit is its bin, which
// takes half as long; all bins are then bits of words[0], and summary is 0.
type binset struct {
	perOctave uint32           // k, a power of two
	summary   uint32           // bit i is set when words[i] != 0 and k > 1
	words     [binWords]uint32 // bit i%32 of word i/32 is set when bin i is not empty
	shift     uint64           // bits of a float64 that do not tell bins apart
	below     uint64           // these bits
	bias      uint64           // the exponent's bias, as a bin
}

// significand is the number of bits of a float64's fraction, and exponentBias the
// number that its exponent has added.
const (
	significand  = 52
	exponentBias = 1023
)

// binWords is twice the 32 that a summary covers, which is one for each power of
// two of a size: the index of a lowest bit is 32 where there is none, and the word
// there is always empty.
const binWords = 64

func newBinset(perOctave uint32) binset {
	digits := uint64(bits.Len32(perOctave)) - 1
	shift := significand - digits
	return binset{perOctave: perOctave, shift: shift, below: 1<<shift - 1, bias: exponentBias << digits}
}

// of is the bin of a free block of s>0.
func (q *binset) of(s uint32) uint32 {
	if q.perOctave == 1 {
		return uint32(bits.Len32(s)) - 1
	}
	return uint32(math.Float64bits(float64(int64(s)))>>(q.shift&63) - q.bias)
}

// roundUp is the smallest size in the first bin whose every block can serve s.
func (q *binset) roundUp(s uint32) uint32 {
	float := math.Float64bits(float64(int64(s))) + q.below
	return uint32(int64(math.Float64frombits(float &^ q.below)))
}

// floor is the smallest size in bin i, which is that of a block.
func (q *binset) floor(i uint32) uint32 {
	return uint32(int64(math.Float64frombits((uint64(i) + q.bias) << (q.shift & 63))))
}

func (q *binset) mark(i uint32) {
	if q.perOctave == 1 {
		q.words[0] |= 1 << (i & 31)
		return
	}
	f := i >> 5 & 31
	q.summary |= 1 << f
	q.words[f] |= 1 << (i & 31)
}

func (q *binset) clear(i uint32) {
	if q.perOctave == 1 {
		q.words[0] &^= 1 << (i & 31)
		return
	}
	f := i >> 5 & 31
	m := q.words[f] &^ (1 << (i & 31))
	q.words[f] = m
	if m == 0 {
		q.summary &^= 1 << f
	}
}

// clearIf clears i if empty is set. With many bins that is as good as random, and
// costs no branch; a bin of a whole power of two is seldom empty.
func (q *binset) clearIf(i uint32, empty bool) {
	if q.perOctave == 1 {
		if empty {
			q.words[0] &^= 1 << (i & 31)
		}
		return
	}
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
	f := max(uint32(bits.Len32(q.summary)), 1) - 1
	m := q.words[f&(binWords-1)]
	return f<<5 + uint32(bits.Len32(m)) - 1, m != 0
}

func (q *binset) empty() { q.summary, q.words = 0, [binWords]uint32{} }
