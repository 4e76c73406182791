//go:build linux

package bus

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// peerAddress is a Unix socket's address as the kernel takes it.
type peerAddress struct {
	raw  unix.RawSockaddrUnix
	size uintptr
}

// newPeerAddress returns false for a path that is empty or too long.
func newPeerAddress(path string) (a peerAddress, ok bool) {
	if path == "" || len(path) >= len(a.raw.Path) {
		return a, false
	}
	a.raw.Family = unix.AF_UNIX
	for i := range len(path) {
		a.raw.Path[i] = int8(path[i])
	}
	a.size = unsafe.Offsetof(a.raw.Path) + uintptr(len(path)) + 1
	if path[0] == '@' {
		// A name outside the file system begins with a zero byte and has none at its end.
		a.raw.Path[0] = 0
		a.size--
	}
	return a, true
}

// connect connects without waiting, and keeps the P.
func (a *peerAddress) connect(fd int) syscall.Errno {
	//rt:allow ML602 reason="a datagram socket connects without waiting"
	_, _, e := syscall.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&a.raw)), a.size)
	return e
}

// send sends a datagram there without waiting, and keeps the P.
func (a *peerAddress) send(fd int, b []byte) (int, syscall.Errno) {
	//rt:allow ML602 reason="MSG_DONTWAIT"
	n, _, e := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&a.raw)), a.size)
	return int(n), e
}
