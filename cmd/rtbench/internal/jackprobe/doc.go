// Package jackprobe watches a JACK server from three clients in C: control, which does
// the same work as the processor under test in the same cycles, capture, which
// keeps the sound of that one, and reference, which keeps control's. It is built with
// cgo and the tag portaudio.
//
// All log the server's cycles, by the time at which each began, which every client
// reads alike but for some µs; so a cycle in which a Go callback was late can be told from one in
// which C was late too.
package jackprobe
