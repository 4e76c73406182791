// Package creference has the same signal processing in C, compiled with -O3, for the
// benchmarks of dsp. It is a package because test files cannot use cgo. Each function
// repeats its work, so that the call from Go costs little of a run.
package creference
