package dsp

import (
	"fmt"
	"math"
)

// Coefficients of a second-order filter, with a0 = 1:
//
//	H(z) = (B0 + B1·z⁻¹ + B2·z⁻²) / (1 + A1·z⁻¹ + A2·z⁻²)
type Coefficients struct{ B0, B1, B2, A1, A2 float64 }

// The constructors below are those of Robert Bristow-Johnson, Cookbook formulae
// for audio equalizer biquad filter coefficients (W3C Note, 2021), each after
// bilinear transformation with ω₀ = 2π·hz/rate and α = sin(ω₀)/2Q.

// Lowpass passes frequencies below hz; q = 1/√2 has no peak.
func Lowpass(hz, rate, q float64) Coefficients {
	cos, alpha := warp(hz, rate, q)
	b := (1 - cos) / 2
	return normalize(b, 1-cos, b, 1+alpha, -2*cos, 1-alpha)
}

// Highpass passes frequencies above hz.
func Highpass(hz, rate, q float64) Coefficients {
	cos, alpha := warp(hz, rate, q)
	b := (1 + cos) / 2
	return normalize(b, -(1 + cos), b, 1+alpha, -2*cos, 1-alpha)
}

// Bandpass passes frequencies around hz, with 0 dB at hz.
func Bandpass(hz, rate, q float64) Coefficients {
	cos, alpha := warp(hz, rate, q)
	return normalize(alpha, 0, -alpha, 1+alpha, -2*cos, 1-alpha)
}

// Notch takes out hz.
func Notch(hz, rate, q float64) Coefficients {
	cos, alpha := warp(hz, rate, q)
	return normalize(1, -2*cos, 1, 1+alpha, -2*cos, 1-alpha)
}

// Allpass changes phases alone.
func Allpass(hz, rate, q float64) Coefficients {
	cos, alpha := warp(hz, rate, q)
	return normalize(1-alpha, -2*cos, 1+alpha, 1+alpha, -2*cos, 1-alpha)
}

// Peak raises or lowers frequencies around hz by db.
func Peak(hz, rate, q, db float64) Coefficients {
	cos, alpha := warp(hz, rate, q)
	a := math.Pow(10, db/40)
	return normalize(1+alpha*a, -2*cos, 1-alpha*a, 1+alpha/a, -2*cos, 1-alpha/a)
}

// LowShelf raises or lowers frequencies below hz by db.
func LowShelf(hz, rate, q, db float64) Coefficients {
	cos, alpha := warp(hz, rate, q)
	a := math.Pow(10, db/40)
	s := 2 * math.Sqrt(a) * alpha
	return normalize(
		a*((a+1)-(a-1)*cos+s), 2*a*((a-1)-(a+1)*cos), a*((a+1)-(a-1)*cos-s),
		(a+1)+(a-1)*cos+s, -2*((a-1)+(a+1)*cos), (a+1)+(a-1)*cos-s)
}

// HighShelf raises or lowers frequencies above hz by db.
func HighShelf(hz, rate, q, db float64) Coefficients {
	cos, alpha := warp(hz, rate, q)
	a := math.Pow(10, db/40)
	s := 2 * math.Sqrt(a) * alpha
	return normalize(
		a*((a+1)+(a-1)*cos+s), -2*a*((a-1)+(a+1)*cos), a*((a+1)+(a-1)*cos-s),
		(a+1)-(a-1)*cos+s, 2*((a-1)-(a+1)*cos), (a+1)-(a-1)*cos-s)
}

// warp is cos ω₀ and α. It keeps hz inside the band and q above 0, where every
// filter is stable.
func warp(hz, rate, q float64) (cos, alpha float64) {
	w := 2 * math.Pi * min(max(hz/rate, lowest), highest)
	return math.Cos(w), math.Sin(w) / (2 * max(q, lowestQ))
}

const (
	lowest, highest = 1e-6, 0.4999 // of the rate
	lowestQ         = 1e-3
)

func normalize(b0, b1, b2, a0, a1, a2 float64) Coefficients {
	return Coefficients{b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0}
}

// Stable reports whether the filter's output decays after its input has ended:
// both poles lie inside the unit circle (the stability triangle of Jury).
func (c Coefficients) Stable() bool {
	return math.Abs(c.A2) < 1 && math.Abs(c.A1) < 1+c.A2
}

// Gain is how much louder a sine of hz comes out, as a factor.
func (c Coefficients) Gain(hz, rate float64) float64 {
	sin, cos := math.Sincos(2 * math.Pi * hz / rate)
	sin2, cos2 := math.Sincos(4 * math.Pi * hz / rate)
	num := math.Hypot(c.B0+c.B1*cos+c.B2*cos2, c.B1*sin+c.B2*sin2)
	den := math.Hypot(1+c.A1*cos+c.A2*cos2, c.A1*sin+c.A2*sin2)
	return num / den
}

// Biquad filters one channel: transposed direct form II, which rounds least where
// coefficients change while it runs. The zero Biquad is silent.
//
// A change of the coefficients is a straight line over Glide frames from the sample
// after Set on, however the sound is cut into blocks. The region of stable
// coefficients is convex, so every point of the line is stable. A sample that is not
// finite counts as 0.
type Biquad struct {
	// Glide is how many frames a change takes. 0 means 64.
	Glide int

	c      Coefficients // of the next sample
	target Coefficients
	step   Coefficients // a frame, while left is above 0
	left   int
	heard  bool // a sample has passed since the filter was made or reset
	z1, z2 float64
}

// NewBiquad makes a filter. It refuses an unstable one.
func NewBiquad(c Coefficients) (*Biquad, error) {
	f := &Biquad{}
	if !f.Set(c) {
		return nil, fmt.Errorf("dsp: NewBiquad of %+v: a pole lies on or outside the unit circle, or a number is not finite; use a design function, or check Stable", c)
	}
	return f, nil
}

// Set changes the coefficients and keeps the state. Before the first sample the
// change is immediate. Unstable coefficients, and ones that are not finite, are
// refused with false and change nothing.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (f *Biquad) Set(c Coefficients) bool {
	if !c.Stable() || !finite(c.B0+c.B1+c.B2) {
		return false
	}
	if !f.heard {
		f.c, f.target, f.left = c, c, 0
		return true
	}
	if c == f.target {
		return true
	}
	f.target = c
	f.left = f.Glide
	if f.left <= 0 {
		f.left = defaultGlide
	}
	n := 1 / float64(f.left)
	f.step = Coefficients{
		(c.B0 - f.c.B0) * n, (c.B1 - f.c.B1) * n, (c.B2 - f.c.B2) * n,
		(c.A1 - f.c.A1) * n, (c.A2 - f.c.A2) * n,
	}
	return true
}

// Reset forgets the sound, and ends a change of the coefficients.
func (f *Biquad) Reset() {
	f.z1, f.z2, f.heard = 0, 0, false
	f.c, f.left = f.target, 0
}

// TailFrames is how long the filter sounds on after its input has ended: until its
// slower pole has decayed by 60 dB. It adds no latency: the first sample in is heard in
// the first one out, and what it shifts in phase no whole delay can take back.
func (f *Biquad) TailFrames() int {
	const order = 2
	return order + int(math.Ceil(decayed/math.Log(f.target.radius())))
}

// decayed is the logarithm of −60 dB.
var decayed = math.Log(inaudible)

// radius is the distance of the farther pole, a root of z² + A1·z + A2, from 0.
func (c Coefficients) radius() float64 {
	if square := c.A1*c.A1/4 - c.A2; square > 0 {
		return math.Abs(c.A1)/2 + math.Sqrt(square)
	}
	return math.Sqrt(c.A2) // both, a conjugate pair
}

// Process filters src into dst.
//
// Cost: O(len). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(src)
func (f *Biquad) Process(dst, src []float32) {
	dst = dst[:len(src)]
	if len(src) == 0 {
		return
	}
	f.heard = true
	if f.left > 0 {
		n := min(f.left, len(src))
		f.glide(dst[:n], src[:n])
		dst, src = dst[n:], src[n:]
	}
	c, z1, z2 := f.c, f.z1, f.z2
	dst = dst[:len(src)]
	for i, v := range src {
		x := float64(v)
		if !finite(x) {
			x = 0
		}
		y := c.B0*x + z1
		z1 = c.B1*x - c.A1*y + z2
		z2 = c.B2*x - c.A2*y
		dst[i] = float32(y)
	}
	f.z1, f.z2 = z1, z2
}

// glide filters while the coefficients change, for at most left samples.
func (f *Biquad) glide(dst, src []float32) {
	c, z1, z2 := f.c, f.z1, f.z2
	dst = dst[:len(src)]
	for i, v := range src {
		if f.left--; f.left == 0 {
			c = f.target
		} else {
			c.B0 += f.step.B0
			c.B1 += f.step.B1
			c.B2 += f.step.B2
			c.A1 += f.step.A1
			c.A2 += f.step.A2
		}
		x := float64(v)
		if !finite(x) {
			x = 0
		}
		y := c.B0*x + z1
		z1 = c.B1*x - c.A1*y + z2
		z2 = c.B2*x - c.A2*y
		dst[i] = float32(y)
	}
	f.c, f.z1, f.z2 = c, z1, z2
}
