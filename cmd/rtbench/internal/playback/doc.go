// Package playback measures live audio: the same synth in several ways of calling Go
// from a sound card's thread, each in a fresh process, beside the same synth in C
// as another client of the same server, JACK or PipeWire, in the same cycles. What was
// heard is compared, sample for sample, with an offline rendering.
//
// Without PortAudio and a server, or in a build without the tag portaudio, only the
// simulated device is left.
package playback
