package tlsf

import (
	"math/bits"
	"math/rand/v2"
	"testing"
)

// binOf is the definition of a bin in integers.
func binOf(s, perOctave uint32) uint32 {
	exponent := uint32(bits.Len32(s)) - 1
	digits := uint64(s) << 32 >> exponent * uint64(perOctave) >> 32 // with the leading one
	return exponent*perOctave + uint32(digits) - perOctave
}

// TestBinsAreDigits holds of, roundUp and floor to the definition: for all small
// sizes, for those around each beginning of a bin, and for random ones.
func TestBinsAreDigits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, perOctave := range []uint32{1, 4, 32} {
		q := newBinset(perOctave)
		check := func(s uint32) {
			t.Helper()
			bin := binOf(s, perOctave)
			if q.of(s) != bin {
				t.Fatalf("%d bins for a power of two: size %d lies in %d, not %d", perOctave, s, q.of(s), bin)
			}
			floor := q.floor(bin)
			if binOf(floor, perOctave) != bin || floor > 1 && binOf(floor-1, perOctave) == bin {
				t.Fatalf("%d bins for a power of two: bin %d does not begin with size %d", perOctave, bin, floor)
			}
			want := s
			if floor < s {
				want = q.floor(bin + 1)
			}
			if q.roundUp(s) != want {
				t.Fatalf("%d bins for a power of two: size %d is rounded up to %d, not %d", perOctave, s, q.roundUp(s), want)
			}
		}
		for s := uint32(1); s < 1<<12; s++ {
			check(s)
		}
		for bin := q.of(1 << 12); bin < q.of(1<<30); bin++ {
			for s := q.floor(bin) - 2; s <= q.floor(bin)+2; s++ {
				check(s)
			}
		}
		for range 10_000 {
			check(1 + rng.Uint32N(1<<30))
		}
	}
}

// TestBinsetLast holds last to a search, with bins that share a word and bins that
// do not.
func TestBinsetLast(t *testing.T) {
	q := newBinset(4)
	if bin, found := q.last(); found {
		t.Errorf("an empty set has a last bin, %d", bin)
	}
	marked := []uint32{37, 3, 40, 63, 5, 64, 71, 70}
	most := uint32(0)
	for _, bin := range marked {
		q.mark(bin)
		most = max(most, bin)
		if got, found := q.last(); !found || got != most {
			t.Errorf("after a mark of %d the last is %d, %t; it is %d", bin, got, found, most)
		}
	}
	q.clear(71)
	if got, _ := q.last(); got != 70 {
		t.Errorf("without 71 the last is %d, not 70", got)
	}
}
