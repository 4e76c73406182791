// Package dsp has the parts of a first synth or effect: an [Oscillator], [Biquad]
// filters, a [Gain] and a [Delay].
//
// Samples are float32, states and coefficients float64, so that a filter far below
// the sample rate stays accurate. Changes of a gain, of coefficients and of an echo
// glide over a stated number of frames, so that they neither click nor depend on how
// the sound is cut into blocks. A sample that is not a finite number does not stay:
// it counts as 0 wherever a state would keep it.
//
// None of the parts delays its input, so a Processor made of them has no latency to
// report, unless it reads a [Delay] late on purpose. [Biquad.TailFrames] and
// [EchoTail] return how long they sound on, for a Processor's TailFrames.
//
// Nothing allocates after the constructors, and nothing blocks. Each value is for one
// goroutine at a time. Processing in place (dst and src the same slice) is allowed;
// slices that overlap otherwise are not. dst must be at least as long as src.
// Frequencies are in Hz, rates in frames a second.
package dsp
