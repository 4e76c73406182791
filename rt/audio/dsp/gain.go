package dsp

import "math"

// Gain is a volume that changes without a click: each change is a straight line
// over one block. The zero Gain is silence.
type Gain struct{ now, target float32 }

// NewGain begins at a factor.
func NewGain(factor float32) *Gain { return &Gain{factor, factor} }

// Set is the factor to reach by the end of the next block.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (g *Gain) Set(factor float32) { g.target = factor }

// Process multiplies src into dst.
//
// Cost: O(len). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(src)
func (g *Gain) Process(dst, src []float32) {
	dst = dst[:len(src)]
	if g.now == g.target {
		for i, v := range src {
			dst[i] = v * g.now
		}
		return
	}
	from, rise := g.now, g.target-g.now
	for i, v := range src {
		dst[i] = v * (from + rise*float32(i+1)/float32(len(src)))
	}
	if len(src) > 0 {
		g.now = g.target
	}
}

// Decibels is db as a factor: 0 is 1, −6 about a half, −∞ is 0.
func Decibels(db float64) float32 { return float32(math.Pow(10, db/20)) }
