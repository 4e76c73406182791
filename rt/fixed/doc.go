// Package fixed provides containers of fixed capacity, such as [Vec], [Queue] and
// [Map]: they allocate when they are made and never again, and every operation has a
// bound.
//
// A container that is full refuses an item with [ErrFull] and returns the item, so
// that a caller can pass it on in one expression. Each container belongs to one
// goroutine at a time; package ring passes items between goroutines.
//
// The memory comes from the Go heap, so elements may hold pointers. Removed elements
// are cleared, so that they keep nothing alive. Make containers before the real-time
// threads that use them start.
package fixed
