// Package inherit undoes the scheduling that a process has from its caller.
//
// A scheduling policy passes from a process to all that it starts. Under
// `chrt -f 20 rtbench …` every thread of every child would run SCHED_FIFO, those
// that only load the machine too, and no ordinary thread would get a CPU again.
// Blocked signals pass on likewise, so that a child could not be stopped. The set
// of CPUs stays: `taskset -c 2 rtbench …` asks for a measurement on that CPU.
package inherit
