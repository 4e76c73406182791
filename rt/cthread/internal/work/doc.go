// Package work has the C functions that the tests of cthread call. It is a
// package because test files cannot use cgo.
package work
