// Package arena provides regions of memory for real-time programs: mapped, written
// once, locked, and on request on huge pages before the first deadline, so that no
// later access faults.
//
// On Linux an [Arena] is a private mapping, or a memfd when two processes are
// to share it, with an inaccessible page on either side. Elsewhere, and in
// builds with the race detector (which does not see mapped memory), a private
// arena is a Go slice; its pages are written once but never locked.
//
// The garbage collector does not look into an arena. A Go pointer stored there
// keeps nothing alive, so containers over arenas accept only types without
// pointers and check that once with [PointerFree].
//
// New, Attach and Close make system calls and are for set-up and shutdown. The
// other methods may be called from any goroutine until Close.
package arena
