// Package corpus generates labelled programs for tests of memlense: functions with
// contracts into which a fault of a known code is put, and functions without any.
//
// The directory forms has a file for each code, with the forms that its fault takes
// in Go, and clean.txt with code that keeps every contract. Each form begins with a
// line "== NAME", followed by imports and declarations, a line "--", and the
// statements; "-- asm" begins the assembly that goes with it. A form without
// statements is a file of its own. A dollar sign in a name makes it unique.
//
// A statement form is put into several hosts: the contracted function itself, a
// helper, a method, a closure, a generic function, the body of an iterator's loop.
package corpus
