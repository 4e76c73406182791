// Package interleave checks lock-free types by running threads that use them in
// every possible order.
//
// A model is a few threads, written as ordinary functions, that work on real
// types. Those access the memory that they share through package atomics, and
// each such access is one step. [Check] runs all orders of steps and reports the
// first that fails an assertion, with the steps that lead there. It needs build
// tag interleave, or the race detector:
//
//	go test -tags interleave -run Model ./rt/ring
//
// Memory behaves as on x86 (total store order): a release store goes to the
// thread's own store buffer and reaches memory at any later time, in order; other
// atomic operations wait until the buffer is empty. Loads see the thread's own
// buffered stores. A value that is no atomic word is read or written in one step;
// two threads that do so at one time, at least one of them writing, fail the
// model, whatever they read.
//
// Two orders that left memory, buffers and everything each thread has seen the
// same are explored once from there on: what a thread does next depends on
// nothing else, because models must be deterministic and share no other
// variables. That is an explicit-state search in the manner of Holzmann's SPIN,
// with threads replayed instead of stored.
package interleave
