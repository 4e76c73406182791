// Package jackclient opens streams as clients of a JACK server, or of PipeWire,
// through their own library. It is built with cgo on Linux and needs neither headers
// nor the library to be built: the library is looked up when the first stream or list
// of devices is asked for.
//
// The process callback is in C. It exchanges blocks with package cdriver, or calls Go
// in Direct. A client follows what the server does: another buffer size comes with
// the next cycle, another rate holds the blocks back until [Stream.Resume], and the
// server's end is told by [Stream.Err]; the client can then be closed and another one
// opened in the same process.
//
// # PipeWire's buffers
//
// PipeWire (0.3.65) unmaps a port's buffers when its rate changes, also under a callback
// that waits. So with its library the callback works on memory of its own and has the
// kernel copy, which survives a buffer that is not there. JACK keeps its buffers, and they
// are used as they are.
//
// # What the server tolerates
//
// The output of a cycle is played after the playback latency of the server's ports.
// An asynchronous JACK, its default, reports two periods where a synchronous one
// reports one: it plays the blocks that were ready when the next cycle began and lets the clients
// of a cycle finish during the next one. So a client may take as many periods as the
// playback latency has, from one to two.
package jackclient
