// Package blackbox keeps the last seconds of a real-time loop's values in memory and
// writes them to a file when the loop has tripped, together with the seconds after: the
// sensors' values, the commands, when the ticks woke.
//
//	channels (declared before real time)
//	     │
//	Recorder ─── ring.SPSC of Samples ───► Box ────► trip-….mcap
//	real-time    or an isolate's Queue     ordinary
//	thread                                 goroutine
//
// Recording stores 128 bytes in a ring: no allocation, no lock, no system call. The Box
// belongs in another process than the loop, the parent of an isolate: then it has the
// last values of a controller that was killed.
//
// A file is MCAP (mcap.dev), which Foxglove Studio and the mcap tools of many languages
// open: a topic for each channel, messages in JSON, and the loop's trace of package
// rt/trace, if there is one, as attachments for ui.perfetto.dev. It is written record by
// record and without compression, so that a file whose writer was killed can be read up
// to the record that was cut off.
package blackbox
