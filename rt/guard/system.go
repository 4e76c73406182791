package guard

import "syscall"

// system is every call through which the guard's loop and a controller reach the kernel,
// so that tests run against one that behaves as they choose. All of them keep the P and
// none waits.
type system struct {
	now      func() int64
	drain    func(fd int) uint64 // what an eventfd or a timerfd has counted; 0 when nothing
	raise    func(fd int)        // adds 1 to an eventfd
	shutdown func(fd int) syscall.Errno
	feed     func(fd int, b byte) syscall.Errno // writes to the watchdog
	watch    func(epoll, fd int) error          // adds fd to what wakes the loop
	forget   func(epoll, fd int)                // and takes it away
}
