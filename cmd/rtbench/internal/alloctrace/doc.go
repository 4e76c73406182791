// Package alloctrace makes the allocation traces that every allocator in rtbench is
// measured with: the same operations in the same order for Go and for C.
//
// A trace is a list of operations on numbered slots, free of addresses, so
// that replaying it is one table look-up and one allocator call an operation.
// Generators use integer arithmetic on a seeded PCG only: a seed means the
// same bytes on every machine.
package alloctrace
