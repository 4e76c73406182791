// Package playback measures live audio: the same synth in several ways of calling
// Go from a sound card's thread, each in a fresh process. The same synth in C plays
// in the same cycles as another client of the same server, JACK or PipeWire. The
// captured output is compared, sample for sample, with an offline rendering.
//
// Without PortAudio and a server, or in a build without the tag portaudio, only the
// simulated device is left.
package playback
