package dsp

import "math"

// Gain is a volume that changes without a click: each change is a straight line
// over Glide frames from the sample after Set on, however the sound is cut into
// blocks. The zero Gain is silence.
type Gain struct {
	// Glide is how many frames a change takes. 0 means 64.
	Glide int

	from, target float32
	rise         float32 // a frame
	at, frames   int     // of the change; equal when there is none
}

// defaultGlide is 1.3 ms at 48 kHz: a step of full scale spread over it stays below
// the noise of a quiet room from 2 kHz on.
const defaultGlide = 64

// NewGain begins at a factor. One that is not finite counts as 0.
func NewGain(factor float32) *Gain {
	if !finite(factor) {
		factor = 0
	}
	return &Gain{from: factor, target: factor}
}

// Set begins a change to a factor. One that is not finite changes nothing.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (g *Gain) Set(factor float32) {
	if !finite(factor) || factor == g.target {
		return
	}
	g.from = g.now()
	g.target = factor
	g.at, g.frames = 0, g.Glide
	if g.frames <= 0 {
		g.frames = defaultGlide
	}
	if g.frames == defaultGlide {
		g.rise = (factor - g.from) * (1.0 / defaultGlide) // exact, and no division
	} else {
		g.rise = (factor - g.from) / float32(g.frames)
	}
}

// now is the factor of the last sample.
func (g *Gain) now() float32 {
	if g.at == g.frames {
		return g.target
	}
	return g.from + float32(g.rise*float32(g.at))
}

// Process multiplies src into dst.
//
// Cost: O(len). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(src)
func (g *Gain) Process(dst, src []float32) {
	dst = dst[:len(src)]
	if g.at < g.frames {
		n := min(len(src), g.frames-g.at)
		ramp(dst[:n], src[:n], g.from, g.rise, float32(g.at+1))
		g.at += n
		if n == len(src) {
			return
		}
		dst, src = dst[n:], src[n:]
	}
	scale(dst, src, g.target)
}

// Decibels is db as a factor: 0 is 1, −6 about a half, −∞ is 0.
func Decibels(db float64) float32 { return float32(math.Pow(10, db/20)) }

// scaleScalar sets dst to gain·src.
func scaleScalar(dst, src []float32, gain float32) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = v * gain
	}
}

// rampScalar sets dst to src times from + rise·k, with k one higher for each sample.
// The conversions keep a compiler from fusing operations, so that every processor
// computes the same samples.
func rampScalar(dst, src []float32, from, rise, k float32) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] = v * (from + float32(rise*k))
		k++
	}
}
