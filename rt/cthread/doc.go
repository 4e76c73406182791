// Package cthread calls C functions from the tick of a real-time loop, on a
// real-time thread of their own, handed over by futexes.
//
// A cgo call from a tick gives the thread's scheduler processor (P) to other
// goroutines, and on return the loop queues behind every busy goroutine. This
// package runs the C function on a pthread that the Go runtime does not manage; the
// loop waits for it in a raw, timed futex call that keeps the P. A C function of
// 100 µs called in each tick of a pinned 1 ms loop, under load from four busy
// goroutines, in µs:
//
//	                                 p50     p99      max  P lost  periods lost
//	cgo                              102  10,224  155,199      57  1,348 of 5,348
//	Thread on the loop's own CPU     118     126      163       0      2 of 4,002
//	Thread on another CPU            151     489    1,489       0     10 of 4,010
//
// (2-core virtual machine, Linux 6.18 PREEMPT_DYNAMIC, Go 1.26, SCHED_FIFO 80 and
// 79, 4,500 calls each, of which 500 warm up, all in one session.)
//
//	thread, err := cthread.New(cthread.Config{CPU: loop.Granted().CPU})
//	defer thread.Close()
//	… in the step:
//	err := thread.Call(unsafe.Pointer(C.plan), arg, 300*time.Microsecond)
//
// A call adds two thread switches, 10 to 20 µs on one CPU. It is meant for C
// functions that do substantial work in a tick; rewrite a function of a microsecond
// in Go.
//
// The package needs cgo and Linux; elsewhere New returns [rt.ErrUnsupported]. It is
// separate from package rt because every importer of a cgo package needs a C
// compiler.
package cthread
