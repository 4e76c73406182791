package family

import (
	"math"
	"math/rand/v2"
)

// Lengths says how long bursts are.
type Lengths string

const (
	// Fixed bursts have one length.
	Fixed Lengths = "fixed"
	// Geometric bursts end with the same probability after each sample.
	Geometric Lengths = "geometric"
	// HeavyTailed bursts have Pareto lengths of shape 2.5: most are short.
	HeavyTailed Lengths = "Pareto"
)

// AllLengths are those that bursts may have.
var AllLengths = []Lengths{Fixed, Geometric, HeavyTailed}

// Bursts are values of a base, but for a share of the time that lies in bursts of a slow
// mode.
type Bursts struct {
	Base, Mode Kind
	Share      float64
	Lengths    Lengths
}

// Draw fills x, in which expected bursts begin on average, and returns how many of them
// were met.
func (b Bursts) Draw(rng *rand.Rand, x []float64, expected float64) (met int) {
	n := float64(len(x))
	length := max(1, b.Share*n/expected)
	gap := length * (1 - b.Share) / b.Share
	for i := range x {
		x[i] = b.Base.Draw(rng)
	}
	// It begins some bursts earlier, so that x may begin within one.
	for at := -3 * (gap + length) * (1 + rng.Float64()); ; {
		at += gap * rng.ExpFloat64()
		if at >= n {
			return met
		}
		from := at
		at += b.Lengths.draw(rng, length)
		first, end := max(0, int(math.Ceil(from))), min(len(x), int(math.Ceil(at)))
		if first < end {
			met++
		}
		for i := first; i < end; i++ {
			x[i] = b.Mode.Draw(rng)
		}
	}
}

// draw is a length of the given mean, at least 1.
func (l Lengths) draw(rng *rand.Rand, mean float64) float64 {
	switch l {
	case Fixed:
		return mean
	case Geometric:
		if mean == 1 {
			return 1
		}
		return 1 + math.Floor(rng.ExpFloat64()/-math.Log1p(-1/mean))
	case HeavyTailed:
		const shape = 2.5
		return 1 + (mean-1)*(shape-1)/shape*math.Pow(1-rng.Float64(), -1/shape)
	}
	panic("family: bursts of no length: " + string(l))
}

// Truth is the value exceeded with probability p.
func (b Bursts) Truth(p float64) float64 { return Mixture(b.Base, b.Mode, b.Share).Truth(p) }
