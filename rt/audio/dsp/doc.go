// Package dsp provides the parts of a simple synth or effect: an [Oscillator],
// [Biquad] filters, a [Gain] and a [Delay].
//
// Samples are float32, states and coefficients float64, so that a filter far below
// the sample rate stays accurate. Changes of a gain, of coefficients and of an echo
// glide over a stated number of frames, so that they neither click nor depend on
// how the sound is cut into blocks. A sample that is not a finite number never
// enters a state, where it counts as 0.
//
// None of the parts delays its input, so a Processor made of them reports no
// latency unless it uses a [Delay] as one. [Biquad.TailFrames] and [EchoTail]
// return the length of the tail, for a Processor's TailFrames.
//
// Nothing allocates after the constructors, and nothing blocks. Each value is for one
// goroutine at a time. Processing in place (dst and src the same slice) is allowed;
// slices that overlap otherwise are not. dst must be at least as long as src.
// Frequencies are in Hz, rates in frames a second.
package dsp
