// Package cthread calls C from the tick of a real-time loop: on a real-time
// thread of its own, handed over by futexes.
//
// A cgo call from a tick is silent poison. It tells the Go scheduler that the
// thread is away, the runtime gives the thread's processor (P) to somebody else,
// and on return the loop queues behind every busy goroutine: beside four of them,
// with cgo calls of 200 µs in a 1 ms loop, 52 to 171 of 4,000 periods were lost
// and the worst came 41 ms late (2-core virtual machine, Linux 6.18
// PREEMPT_DYNAMIC, Go 1.26, SCHED_FIFO). Here the C function runs on a pthread
// that Go knows nothing of, and the loop waits for it in a raw, timed futex call
// that keeps the P.
//
//	thread, err := cthread.New(cthread.Config{CPU: loop.Granted().CPU})
//	defer thread.Close()
//	… in the step:
//	err := thread.Call(unsafe.Pointer(C.plan), arg, 300*time.Microsecond)
//
// What a call costs is two switches of threads. Of a C function that does nothing,
// called each millisecond by a pinned loop beside four busy goroutines, p50/p99/max
// were 18/42/113 µs with the C thread on the loop's own CPU, and 42/90/543 with the
// C thread on another (the same machine, 3,000 calls each). So it is
// for C that does real work in a tick; what takes a microsecond is better rewritten
// in Go.
//
// The package needs cgo and Linux; elsewhere New answers [rt.ErrUnsupported]. It
// is a package of its own because cgo is catching: whoever imports it needs a C
// compiler, and who imports rt should not.
package cthread
