// Package supervise runs programs that end with the one that started them.
//
// A program runs under a supervisor: this binary, started again, which waits on
// the highest real-time priority that it may have. The supervisor ends the program
// and all its descendants when it is told to, when a time limit has passed, and
// when the process that started it is gone, also by SIGKILL. A program that spins
// on real-time threads cannot keep it from doing so. Descendants that leave the
// program's process group end as well: orphans become children of the supervisor.
//
// The program begins as an ordinary process, whatever this one is: see package
// inherit. Elsewhere than on Linux there is no supervisor, and a program ends with
// its process group, when it is told to and when the limit has passed.
package supervise
