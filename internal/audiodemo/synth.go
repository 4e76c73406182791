package audiodemo

import (
	"fmt"
	"math"

	"github.com/memkit-go/memkit/rt/audio"
)

const (
	steadyHz           = 220
	sweepFrom, sweepTo = 110, 1760 // Hz, in sweepSeconds
	sweepSeconds       = 10
	edgeFrames         = 480 // of fading in and out at both ends of a sweep
)

// Constants are what the arithmetic of the package documentation needs.
type Constants struct {
	Step         uint32 // of the steady voice's phase
	Start, Delta uint64 // of the sweep's, in 2⁻³² of a phase step
	Length       uint64 // of a sweep in frames
}

// ConstantsAt computes them for a rate in frames a second.
func ConstantsAt(rate float64) Constants {
	length := math.Round(sweepSeconds * rate)
	return Constants{
		Step:   uint32(math.Round(steadyHz / rate * (1 << 32))),
		Start:  uint64(sweepFrom / rate * (1 << 63) * 2),
		Delta:  uint64((sweepTo - sweepFrom) / rate / length * (1 << 63) * 2),
		Length: uint64(length),
	}
}

// Synth is the Processor. The zero Synth is ready for Prepare.
type Synth struct{ c Constants }

// lowestRate keeps the fourth partial of the sweep below half the rate.
const lowestRate = 4 * sweepTo * 2

// Prepare wants one or two output channels; input is ignored.
func (s *Synth) Prepare(spec audio.Spec) error {
	if spec.Out < 1 || spec.Out > 2 {
		return fmt.Errorf("audiodemo: %d output channels; give 1 or 2", spec.Out)
	}
	if spec.Rate < lowestRate {
		return fmt.Errorf("audiodemo: rate %g; give at least %d", spec.Rate, lowestRate)
	}
	s.c = ConstantsAt(spec.Rate)
	return nil
}

// Reset does nothing: there is nothing to forget.
func (s *Synth) Reset() {}

// Process renders the frames of b.
//
// Cost: O(frames). Allocates: no. Blocks: no. Caller: the stream.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound b.N
func (s *Synth) Process(b *audio.Block) {
	c := s.c
	left := b.Out[0]
	right := b.Out[len(b.Out)-1][:len(left)]
	steady := uint32(b.Frame) * c.Step
	m := uint64(b.Frame) % c.Length
	sweep, speed := c.at(m)
	for i := range left {
		edge := min(m, c.Length-m, edgeFrames)
		v1 := voice(steady)
		v2 := float32(voice(uint32(sweep>>32)) * float32(float32(edge)*(1.0/edgeFrames)))
		// For one channel both slices are the same, and left is what remains.
		right[i] = float32(0.125*v1) + float32(0.25*v2)
		left[i] = float32(0.25*v1) + float32(0.125*v2)
		steady += c.Step
		sweep, speed = sweep+speed, speed+c.Delta
		if m++; m == c.Length {
			m = 0
			sweep, speed = c.at(0)
		}
	}
}

// at is the sweep's phase and its step at frame m of the sweep.
func (c Constants) at(m uint64) (phase, step uint64) {
	return m*c.Start + m*(m-1)/2*c.Delta, c.Start + m*c.Delta
}

func voice(phase uint32) float32 {
	return sine(phase) + float32(0.5*sine(2*phase)) + float32(0.33333334*sine(3*phase)) + float32(0.25*sine(4*phase))
}

// sine is sin(2π·phase/2³²). The conversions keep a compiler from fusing a
// multiplication with an addition, which would round differently.
func sine(phase uint32) float32 {
	x := float32(int32(phase)) * (1.0 / (1 << 31))
	if x > 0.5 {
		x = 1 - x
	}
	if x < -0.5 {
		x = -1 - x
	}
	u := float32(x * x)
	p := float32(-0.5992645) + float32(u*0.08214589)
	p = 2.550164 + float32(u*p)
	p = -5.1677128 + float32(u*p)
	p = 3.1415927 + float32(u*p)
	return float32(x * p)
}
