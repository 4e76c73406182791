// Package record keeps latency samples where a real-time thread can put them:
// a single-writer [Recorder] that never allocates, locks or fails, and the run
// file that carries ordered samples, keyed by the process that made them, from
// the program that measured to the one that judges.
//
// Nothing here interprets a number; package wcet does.
package record
