// Package trace shows what a real-time thread did and when: ticks, spans,
// instants and counters, in a file that the Perfetto UI (ui.perfetto.dev) and its
// SQL tools open.
//
//	names (interned before real time)
//	     │
//	Tracer ──── Buffer ────► Writer ────► io.Writer
//	real-time   a ring in a  ordinary     Perfetto protobuf
//	thread      region       goroutine
//
// # The real-time side
//
// One thread owns a [Tracer]. An event stores 24 bytes in a preallocated ring: no
// allocation, no lock, no system call. The caller passes the time stamp,
// nanoseconds on the clock of rt.Now, because it often has one already: a tick
// knows when it woke, and one reading both ends a span and begins the next. An
// event costs 6 ns, and 28 ns with a reading of rt.Now of its own (medians of 21
// runs of BenchmarkTracer; 2-core AMD EPYC virtual machine with other work on it,
// Linux 6.18, ordinary policy).
//
// # A full buffer
//
// A full ring drops the new event and counts it. The trace is then complete up to
// the gap, the counter "dropped events" marks the gap's place in time, and the
// thread never waits. Overwriting the oldest events instead would make the draining
// side repeat reads while the writer runs, and would lose the beginning of spans
// whose end is kept. Either end of a span can be dropped: the [Writer] closes a
// span whose End is missing at the next event outside it, and leaves out an End
// without its Begin, so spans in the file always nest.
//
// # Two processes
//
// A [Buffer] lies in a region that the caller gives, addressed by offset. In shared
// memory the last events of a tracing process survive its death. Both sides must
// declare the same [Names], which is the case when one program keeps them in
// package variables; otherwise the Writer returns [ErrNames].
package trace
