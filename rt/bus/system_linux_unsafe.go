//go:build linux

package bus

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt"
)

// host is the running system. Its calls are raw: the scheduler does not learn of
// them, so the thread keeps its P, and none of them waits.
var host = system{
	send: func(fd int, b []byte) (int, syscall.Errno) {
		//rt:allow ML602 reason="MSG_DONTWAIT"
		n, _, e := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
		return int(n), e
	},
	receive: receiveMessage,
	write: func(fd int, b []byte) (int, syscall.Errno) {
		//rt:allow ML602 reason="the descriptor does not wait"
		n, _, e := syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		return int(n), e
	},
	read: func(fd int, b []byte) (int, syscall.Errno) {
		//rt:allow ML602 reason="the descriptor does not wait"
		n, _, e := syscall.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		return int(n), e
	},
	close: unix.Close,
	discard: func(fd int) {
		//rt:allow ML602 reason="flushing a queue does not wait"
		syscall.RawSyscall(unix.SYS_IOCTL, uintptr(fd), unix.TCFLSH, unix.TCOFLUSH)
	},
	now:  rt.Now,
	wall: func() int64 { return time.Now().UnixNano() },
}

// messageHeader is the kernel's msghdr with its one iovec.
type messageHeader struct {
	msg unix.Msghdr
	iov unix.Iovec
}

func receiveMessage(m *message) syscall.Errno {
	h := &m.header
	h.iov.Base = unsafe.SliceData(m.data)
	h.iov.SetLen(len(m.data))
	h.msg = unix.Msghdr{Iov: &h.iov, Control: &m.control[0]}
	h.msg.SetIovlen(1)
	h.msg.SetControllen(controlBytes)
	//rt:allow ML602 reason="MSG_DONTWAIT"
	n, _, e := syscall.RawSyscall(unix.SYS_RECVMSG, uintptr(m.fd), uintptr(unsafe.Pointer(&h.msg)), unix.MSG_DONTWAIT)
	h.iov.Base = nil
	if e != 0 {
		return e
	}
	m.data = m.data[:n]
	m.used = int(h.msg.Controllen)
	m.whole = h.msg.Flags&unix.MSG_TRUNC == 0
	return 0
}
