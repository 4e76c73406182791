// Package pahook opens streams through github.com/gordonklaus/portaudio with a
// callback in C in the place of the package's own, which calls Go by reflection
// under a lock. It is built with cgo and the tag portaudio, on Linux.
//
// The Go package takes its callback from a C variable, paStreamCallback, when a
// stream is opened. pahook puts one of its own there while it opens, so neither a
// fork nor a change is needed, but the version is pinned: pin_test.go fails when
// go.mod names another one, or when the variable is gone.
//
// # What PortAudio cannot do
//
// When a JACK server ends, PortAudio 19.6 waits ten minutes for an answer in every
// call that stops or closes a stream, and finds new servers only once all streams
// are closed. So calls into PortAudio are bounded here, and a process whose server
// has ended is told so by each Open from then on: a new process is the remedy, and
// an isolate's restart is one.
//
// On JACK a blocking stream carries two channels each way, whatever was asked for.
package pahook
