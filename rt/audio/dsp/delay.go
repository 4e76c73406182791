package dsp

import (
	"fmt"
	"math"
)

// Delay is a line of samples that can be read at any distance, also between two
// samples, for echoes, flangers and latency compensation. A sample that is not
// finite enters the line as 0.
type Delay struct {
	line []float32 // a power of two long
	head int       // where the next sample goes
	most float64
	echo echo
}

// echo is what Echo keeps between its calls.
type echo struct {
	tap, next     float64 // samples before the head; next while fade is above 0
	wet, feedback float32
	fade, glide   int // frames left of a change of the tap, of wet and feedback
	wetStep       float32
	feedbackStep  float32
	target        struct{ wet, feedback float32 }
	heard         bool
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

// Reset fills the line with silence, and ends the changes of Echo.
func (d *Delay) Reset() {
	clear(d.line)
	d.echo = echo{}
}

// Push puts the next sample in.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (d *Delay) Push(v float32) {
	if !finite(v) {
		v = 0
	}
	d.line[d.head] = v
	d.head = (d.head + 1) & (len(d.line) - 1)
}

// At returns the sample that was pushed so many samples before the last one, 0 for
// the last one itself, interpolated linearly between its neighbours. Delays outside
// of 0 to the line's length are limited to it, and NaN counts as 0.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (d *Delay) At(samples float64) float32 {
	if !(samples > 0) {
		samples = 0
	}
	samples = min(samples, d.most)
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

// Echo mixes the sound of samples ago, times wet, into src, and feeds the mix back
// times feedback; |feedback| below 1 dies away. A delay below one sample counts as
// one, and a number that is not finite leaves its value as it was.
//
// New values take effect without a click, however the sound is cut into blocks: the
// delay by a fade of 256 frames between the two places in the line, wet and feedback
// by a straight line over 64 frames. A delay that is set during a fade takes effect
// after it. The first call after NewDelay or Reset takes its values at once.
//
// Cost: O(len). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(src)
func (d *Delay) Echo(dst, src []float32, samples float64, wet, feedback float32) {
	dst = dst[:len(src)]
	if len(src) == 0 {
		return
	}
	d.aim(samples, wet, feedback)
	for len(src) > 0 {
		e := &d.echo
		if e.fade == 0 && e.glide == 0 {
			d.steady(dst, src)
			return
		}
		// A part in which no change ends.
		n := len(src)
		if e.fade > 0 {
			n = min(n, e.fade)
		}
		if e.glide > 0 {
			n = min(n, e.glide)
		}
		d.changing(dst[:n], src[:n])
		dst, src = dst[n:], src[n:]
		if e.fade == 0 {
			d.aim(samples, wet, feedback)
		}
	}
}

// tapFade is how many frames a change of the delay takes, 5.3 ms at 48 kHz.
const tapFade = 256

// aim begins the changes towards new values.
func (d *Delay) aim(samples float64, wet, feedback float32) {
	e := &d.echo
	if !finite(wet) {
		wet = e.target.wet
	}
	if !finite(feedback) {
		feedback = e.target.feedback
	}
	tap := e.tap
	if finite(samples) {
		tap = min(max(samples, 1)-1, d.most) // the sample itself is not pushed yet
	}
	if !e.heard {
		*e = echo{tap: tap, wet: wet, feedback: feedback, heard: true}
		e.target.wet, e.target.feedback = wet, feedback
		return
	}
	if e.fade == 0 && tap != e.tap {
		e.next, e.fade = tap, tapFade
	}
	if wet != e.target.wet || feedback != e.target.feedback {
		e.target.wet, e.target.feedback, e.glide = wet, feedback, defaultGlide
		e.wetStep = (wet - e.wet) / defaultGlide
		e.feedbackStep = (feedback - e.feedback) / defaultGlide
	}
}

// steady is Echo while nothing changes.
func (d *Delay) steady(dst, src []float32) {
	e := &d.echo
	line, mask := d.line, len(d.line)-1
	whole := math.Floor(e.tap)
	part := float32(e.tap - whole)
	wet, feedback := e.wet, e.feedback
	read, write := (d.head-1-int(whole))&mask, d.head
	far := line[(read-1)&mask]
	for len(src) > 0 {
		// As far as neither end of the line comes.
		n := min(len(src), len(line)-read, len(line)-write)
		from, to, out := line[read:][:n], line[write:][:n], dst[:n]
		for i, v := range src[:n] {
			// The far neighbour of the next sample is the near one of this.
			near := from[i]
			sound := near + part*(far-near)
			in := v + feedback*sound
			if math.Float32bits(in)&exponent == exponent {
				// Infinite or NaN; by the bits, which costs one branch instead of two.
				in = 0
				if !finite(v) {
					v = 0
				}
			}
			to[i] = in
			out[i] = v + wet*sound
			far = near
		}
		read, write = (read+n)&mask, (write+n)&mask
		dst, src = dst[n:], src[n:]
	}
	d.head = write
}

// exponent has the bits of a float32's exponent, all set in infinities and NaN.
const exponent = 0x7f800000

// changing is Echo for at most as many samples as a change still takes.
func (d *Delay) changing(dst, src []float32) {
	e := &d.echo
	dst = dst[:len(src)]
	for i, v := range src {
		sound := d.At(e.tap)
		if e.fade > 0 {
			share := float32(tapFade-e.fade) / tapFade
			sound += share * (d.At(e.next) - sound)
			if e.fade--; e.fade == 0 {
				e.tap = e.next
			}
		}
		if e.glide > 0 {
			e.wet += e.wetStep
			e.feedback += e.feedbackStep
			if e.glide--; e.glide == 0 {
				e.wet, e.feedback = e.target.wet, e.target.feedback
			}
		}
		if !finite(v) {
			v = 0
		}
		d.Push(v + e.feedback*sound)
		dst[i] = v + e.wet*sound
	}
}
