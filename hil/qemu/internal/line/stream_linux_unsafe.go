//go:build linux

package line

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt"
)

// Stream is one end of a connected stream socket.
type Stream struct {
	fd     int
	closed bool
}

// Pair makes a connected pair: a Stream, and the end for another process or thread.
func Pair() (*Stream, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return &Stream{fd: fds[0]}, os.NewFile(uintptr(fds[1]), "serial line"), nil
}

// Send sends b whole or not at all: ErrFull, ErrEnded. A Unix socket takes so few
// bytes in one piece.
//
// Cost: one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Stream) Send(b []byte) error {
	if s.closed {
		return ErrEnded
	}
	for range interruptions {
		//rt:allow ML602 reason="MSG_DONTWAIT"
		_, _, e := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
		switch e {
		case 0:
			return nil
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return ErrFull
		}
		return ErrEnded
	}
	return ErrFull
}

// interruptions is how many signals in a row a call that does not wait puts up with.
const interruptions = 8

// Receive reads the bytes that have arrived, and waits for the first byte until the deadline, in
// ns on the clock of rt.Now; 0 does not wait. Errors: ErrEmpty, ErrEnded.
//
// Cost: one system call for bytes that are there, three with a wait. Allocates: no.
// Blocks: until the deadline. Caller: owner.
//
//rt:nonallocating
//rt:bound the deadline; each turn but the last is a signal
//rt:allow ML602 reason="waits for the device, until the deadline of the exchange"
func (s *Stream) Receive(b []byte, deadline int64) (int, error) {
	for {
		if s.closed {
			return 0, ErrEnded
		}
		n, _, e := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_DONTWAIT, 0, 0)
		switch {
		case e == 0 && n > 0:
			return int(n), nil
		case e == unix.EAGAIN || e == unix.EINTR:
			left := deadline - rt.Now()
			if deadline == 0 || left <= 0 {
				return 0, ErrEmpty
			}
			s.wait(left)
		default:
			return 0, ErrEnded
		}
	}
}

// wait waits ns for something to read, or for a signal.
//
// Cost: one system call. Allocates: no. Blocks: for the time given. Caller: owner.
//
//rt:nonallocating
func (s *Stream) wait(ns int64) {
	p := unix.PollFd{Fd: int32(s.fd), Events: unix.POLLIN}
	t := unix.NsecToTimespec(ns)
	if ns <= patience {
		syscall.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&t)), 0, 0, 0)
		return
	}
	syscall.Syscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&t)), 0, 0, 0)
}

// Close closes the stream. A second Close returns nil.
func (s *Stream) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return unix.Close(s.fd)
}
