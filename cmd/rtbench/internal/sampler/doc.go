// Package sampler measures an operation that is repeated as fast as it will
// go: each alone, for its distribution, and in blocks, for its mean.
//
// A [Plan] spreads the samples over the whole duration in short rounds, so that
// what else the machine does meets them at random, and bounds how many there
// are, so that an hour of measuring fits into a run file. The same plan drives
// loops in Go and in C.
package sampler
