// Package fixed has containers whose capacity is set once: they allocate when
// they are made and never again, and every operation has a bound.
//
//   - [Vec] is a slice that cannot grow.
//   - [Queue] is first in, first out.
//   - [Map] is a hash table with a bounded probe.
//
// A container that is full refuses an item with [ErrFull] and hands it back, so
// that a caller can pass it on in one expression. Each belongs to one goroutine
// at a time; to pass items between goroutines see package ring.
//
// Their memory is the Go heap's, so elements may hold pointers, and removed
// elements are cleared so that nothing is kept alive. On a real-time thread that
// means: make them before it starts.
package fixed
