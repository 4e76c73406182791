// Package audio runs a [Processor], a synth, an effect or a meter, on real audio
// hardware through PortAudio, in a simulation without any, and offline, with the
// same output.
package audio
