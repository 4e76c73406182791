// Package atomics holds the accesses of lock-free code to the memory that its
// threads share, so that a test can choose in which order they happen.
//
// In a release each function is the operation of sync/atomic that it is named
// after, inlined, and [Reads] and [Writes] are nothing: the packages that use them
// have the same instructions as without. With build tag interleave, and under the
// race detector, an access is first announced to the explorer of package
// interleave, if a test has set one up.
//
// A store that other threads may see later, in order, is [StoreRelease]: on amd64
// a plain store, because the processor keeps stores in order, and elsewhere an
// atomic one. Go's atomic store is an exchange on amd64, which costs as much as a
// compare-and-swap.
package atomics
