// Package dsp has the few parts that a first synth or effect needs: an
// [Oscillator] without audible aliasing, [Biquad] filters, [Gain] that does not
// click and a [Delay].
//
// Samples are float32, states and coefficients float64, so that a filter far below
// the sample rate stays accurate. None of them delays its input, so a Processor made
// of them has no latency to report, unless it reads a [Delay] late on purpose;
// [Biquad.TailFrames] and [EchoTail] say how long they sound on, for its TailFrames. Nothing allocates after the constructors, and
// nothing blocks. All types are for one goroutine at a time; processing in place
// (dst and src the same slice) is allowed everywhere, and dst must be at least as
// long as src. Frequencies are in Hz, rates in frames a second.
package dsp
