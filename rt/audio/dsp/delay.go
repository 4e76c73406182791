package dsp

import (
	"fmt"
	"math"
)

// Delay is a line of samples that can be read at any distance, also between two
// samples: echoes, flangers, and what latency compensation needs.
type Delay struct {
	line []float32 // a power of two long
	head int       // where the next sample goes
	most float64
}

// NewDelay makes a line for delays up to most samples.
func NewDelay(most int) (*Delay, error) {
	if most < 1 || most > maxDelay {
		return nil, fmt.Errorf("dsp: NewDelay of %d samples; give 1 to %d", most, maxDelay)
	}
	size := 1
	for size < most+2 { // one for the interpolation
		size *= 2
	}
	return &Delay{line: make([]float32, size), most: float64(most)}, nil
}

const maxDelay = 1 << 26

// Reset fills the line with silence.
func (d *Delay) Reset() { clear(d.line) }

// Push puts the next sample in.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (d *Delay) Push(v float32) {
	d.line[d.head] = v
	d.head = (d.head + 1) & (len(d.line) - 1)
}

// At is the sample that was pushed so many samples before the last one, 0 for the
// last one itself, interpolated linearly between its neighbours. Delays outside of
// 0 to the line's length are limited to it.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (d *Delay) At(samples float64) float32 {
	samples = min(max(samples, 0), d.most)
	whole := math.Floor(samples)
	part := float32(samples - whole)
	at := d.head - 1 - int(whole)
	mask := len(d.line) - 1
	near, far := d.line[at&mask], d.line[(at-1)&mask]
	return near + part*(far-near)
}

// EchoTail is how many frames Echo sounds on after its input has ended, with the same
// arguments: to the last echo that is no 60 dB softer than its sound. Feedback that
// does not die away has none, and gives math.MaxInt.
func EchoTail(samples float64, wet, feedback float32) int {
	loud, again := math.Abs(float64(wet)), math.Abs(float64(feedback))
	switch {
	case loud < inaudible:
		return 0
	case again >= 1:
		return math.MaxInt
	}
	repeats := math.Floor(math.Log(inaudible/loud) / math.Log(again)) // 0 without feedback
	return int(math.Ceil((repeats + 1) * max(samples, 1)))
}

// inaudible is −60 dB, by which a sound is said to have died away (the reverberation
// time of Sabine, ISO 3382).
const inaudible = 1e-3

// Echo mixes what came samples ago, times wet, into src, and feeds the mix back
// times feedback; |feedback| below 1 dies away. A delay below one sample counts as
// one.
//
// Cost: O(len). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(src)
func (d *Delay) Echo(dst, src []float32, samples float64, wet, feedback float32) {
	dst = dst[:len(src)]
	before := max(samples, 1) - 1 // the sample itself is not pushed yet
	for i, v := range src {
		echo := d.At(before)
		d.Push(v + feedback*echo)
		dst[i] = v + wet*echo
	}
}
