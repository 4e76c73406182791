// Package interleave checks small models of lock-free algorithms by running them
// in every possible order.
//
// A model is a few threads, written as ordinary functions that touch shared
// memory only through their [Thread]. Each such access is one step; [Check] runs
// all orders of steps and reports the first that fails an assertion, with the
// steps that lead there.
//
// Memory behaves as on x86 (total store order): a plain Store goes to the
// thread's own store buffer and reaches memory at any later time, in order;
// atomic operations wait until the buffer is empty. So a model may use a plain
// store exactly where the code does. Loads see the thread's own buffered stores.
//
// Two orders that left memory, buffers and everything each thread has seen the
// same are explored once from there on: what a thread does next depends on
// nothing else, because models must be deterministic and share no other
// variables. That is an explicit-state search in the manner of Holzmann's SPIN,
// with threads replayed instead of stored.
package interleave
