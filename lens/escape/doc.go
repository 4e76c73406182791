// Package escape reads what the Go compiler says about the values of a program: which
// escape to the heap. It is evidence, and no proof of the contrary: a slice of variable
// size that "does not escape" is allocated all the same when it has more than 32 bytes.
package escape
