// Package cthread calls C from the tick of a real-time loop: on a real-time
// thread of its own, handed over by futexes.
//
// A cgo call from a tick is silent poison. It tells the Go scheduler that the
// thread is away, the runtime gives the thread's processor (P) to somebody else,
// and on return the loop queues behind every busy goroutine. Here the C function
// runs on a pthread that Go knows nothing of, and the loop waits for it in a raw,
// timed futex call that keeps the P. A C function of 100 µs called in each tick of a
// pinned 1 ms loop, beside four busy goroutines, in µs:
//
//	                                 p50     p99      max  P lost  periods lost
//	cgo                              102  10,224  155,199      57  1,348 of 5,348
//	Thread on the loop's own CPU     118     126      163       0      2 of 4,002
//	Thread on another CPU            151     489    1,489       0     10 of 4,010
//
// (2-core virtual machine, Linux 6.18 PREEMPT_DYNAMIC, Go 1.26, SCHED_FIFO 80 and
// 79, 4,500 calls each of which 500 warm up, one sitting.)
//
//	thread, err := cthread.New(cthread.Config{CPU: loop.Granted().CPU})
//	defer thread.Close()
//	… in the step:
//	err := thread.Call(unsafe.Pointer(C.plan), arg, 300*time.Microsecond)
//
// What a call adds is two switches of threads, 10 to 20 µs on one CPU. So it is for
// C that does real work in a tick; what takes a microsecond is better rewritten in
// Go.
//
// The package needs cgo and Linux; elsewhere New answers [rt.ErrUnsupported]. It
// is a package of its own because cgo is catching: whoever imports it needs a C
// compiler, and who imports rt should not.
package cthread
