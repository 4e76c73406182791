// Package lens checks the real-time contracts of a program: functions that promise
// with //rt:nonblocking not to wait and with //rt:nonallocating not to allocate.
//
// [Check] joins three kinds of evidence. The source shows what a function may do, and
// the way there (package lens/source). The compiler's escape analysis explains
// allocations. The linked executable shows which calls of the runtime are left after
// inlining (package lens/binary). The outcome is a report of package lens/report; the
// command memlense prints it.
package lens
