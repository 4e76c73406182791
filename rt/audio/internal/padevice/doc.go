// Package padevice opens streams through github.com/gordonklaus/portaudio. It is built
// with cgo and the tag portaudio.
//
// # The callback
//
// On Linux a callback in C stands in the place of the Go package's own, which calls Go
// by reflection under a lock. The Go package takes its callback from a C variable,
// paStreamCallback, when a stream is opened. padevice puts one of its own there while it
// opens, so neither a fork nor a change is needed, but the version is pinned:
// pin_test.go fails when go.mod names another one, or when the variable is gone.
//
// On other systems the callback is the Go package's own, and on Linux with the tag
// portaudio_go, by which it is tested over JACK. For darwin and windows it is only
// type-checked (platforms_test.go): it is UNTESTED there. What it cannot promise:
//
//   - The device's thread enters Go in each cycle and waits for a P there, under load from busy
//     goroutines for up to 10 ms each. Also a substitute waits for that.
//   - Both halves of a hand-off wait as goroutines do, so neither is pinned and a
//     collection can delay both.
//   - A cycle counts from the call, because nothing says when it began.
//   - A device that goes is not told of: the stream is no longer called, which makes it
//     Stalled and not Lost, and it is not opened again.
//   - A block size other than a JACK server's own is granted, at the price of latency.
//   - JACK clients are called PortAudio, and libraries print their messages.
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
package padevice
