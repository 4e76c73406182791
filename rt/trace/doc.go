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
// One thread owns a [Tracer]. An event is 24 bytes into a preallocated ring:
// no allocation, no lock, no system call. The caller passes the time stamp,
// nanoseconds on the clock of rt.Now, because it often has one already: a tick
// knows when it woke, and one reading both ends a span and begins the next. An
// event costs 6 ns, and 28 ns with a reading of rt.Now of its own (medians of 21
// runs of BenchmarkTracer; 2-core AMD EPYC virtual machine with other work on it,
// Linux 6.18, ordinary policy).
//
// # When nobody drains
//
// A full ring drops the new event and counts it. What is in the trace is then
// exact up to the gap, the gap has a place in time (the counter "dropped
// events") and the thread never waits. Overwriting the oldest instead would
// make the draining side repeat reads under a running writer, and would lose
// the beginning of spans whose end is kept. A drop may take either end of a
// span: the [Writer] closes a span whose End is missing at the next event that
// lies outside it, and leaves out an End without its Begin, so that spans in
// the file always nest.
//
// # Two processes
//
// A [Buffer] lies in a region that the caller gives, addressed by offset. In
// shared memory the tracing process may die and its last events are still
// there. Both sides must declare the same [Names], as one program does that
// keeps them in package variables; [ErrNames] says when they did not.
package trace
