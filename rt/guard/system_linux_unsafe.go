//go:build linux

package guard

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt"
)

// host is the running kernel. Its calls are raw, and their descriptors do not wait.
var host = system{
	now: rt.Now,
	drain: func(fd int) (n uint64) {
		//rt:allow ML602 reason="the descriptor does not wait"
		if _, _, e := syscall.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&n)), 8); e != 0 {
			return 0
		}
		return n
	},
	raise: func(fd int) {
		one := uint64(1)
		//rt:allow ML602 reason="the descriptor does not wait"
		syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&one)), 8)
	},
	shutdown: func(fd int) syscall.Errno {
		//rt:allow ML602 reason="shutdown does not wait"
		_, _, e := syscall.RawSyscall(unix.SYS_SHUTDOWN, uintptr(fd), unix.SHUT_WR, 0)
		return e
	},
	feed: func(fd int, b byte) syscall.Errno {
		//rt:allow ML602 reason="the descriptor does not wait"
		_, _, e := syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&b)), 1)
		return e
	},
	watch: func(epoll, fd int) error {
		//rt:allow ML602 reason="epoll_ctl does not wait"
		return unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
	},
	//rt:allow ML602 reason="epoll_ctl does not wait"
	forget: func(epoll, fd int) { unix.EpollCtl(epoll, unix.EPOLL_CTL_DEL, fd, nil) },
}

// disconnect takes a datagram socket's peer away.
func disconnect(fd int) {
	none := unix.RawSockaddr{Family: unix.AF_UNSPEC}
	syscall.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&none)), unix.SizeofSockaddrInet4)
}
