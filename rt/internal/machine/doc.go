// Package machine is the interface of package rt to the kernel and the runtime:
// the table of every system call that loops and process set-up make ([System]), the
// functions of the scheduler that the runtime lets be linked to, what the runtime
// counts on a P ([PCounts]), and a log by which changes are undone ([UndoLog]).
//
// Tests replace the table by a virtual kernel. The running system's is [Host].
package machine
