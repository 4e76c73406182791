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
//	thread, err := cthread.New(cthread.Config{})
//	defer thread.Close()
//	… in the step:
//	err := thread.Call(unsafe.Pointer(C.plan), arg, 300*time.Microsecond)
//
// A call costs two thread switches, some 40 µs between two CPUs of that machine.
// It is for C that does real work in a tick; a function of a microsecond that
// neither blocks nor is called often is better rewritten in Go.
//
// The package needs cgo and Linux; elsewhere New answers [rt.ErrUnsupported]. It
// is a package of its own because cgo is catching: whoever imports it needs a C
// compiler, and who imports rt should not.
package cthread
