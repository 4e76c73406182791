// Package record keeps latency samples. A [Recorder] takes them from one real-time
// thread and never allocates, locks or fails. A run file carries ordered samples,
// by the process that made them, from the program that measures to the program that
// evaluates.
//
// This package does not interpret the samples; package wcet does.
package record
