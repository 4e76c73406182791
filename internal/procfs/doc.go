// Package procfs parses what Linux says in /proc and /sys: lists of CPUs, fields
// of status files, the processor times of /proc/stat, a thread's schedstat and
// the control groups of a process. It opens no file. Nothing that it is given is
// trusted: text that does not have the kernel's format is an error.
//
// Formats: proc(5) and the kernel's Documentation/admin-guide/cputopology.rst,
// Documentation/scheduler/sched-stats.rst.
package procfs
