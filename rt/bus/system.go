package bus

import "syscall"

// system is every call through which a port reaches the kernel in a step, so that
// tests run against a kernel that behaves as they choose.
type system struct {
	// send sends a datagram without waiting.
	send func(fd int, b []byte) (int, syscall.Errno)
	// receive receives a datagram and its control messages without waiting.
	receive func(m *message) syscall.Errno
	write   func(fd int, b []byte) (int, syscall.Errno)
	read    func(fd int, b []byte) (int, syscall.Errno)
	close   func(fd int) error
	discard func(fd int) // what a serial line has not sent yet
	// now is the clock of rt.Now, wall the one of the kernel's stamps.
	now, wall func() int64
}

// outcome is the error of a port for one of a system call.
func outcome(e syscall.Errno, empty error) error {
	switch e {
	case 0:
		return nil
	case syscall.EAGAIN:
		return empty
	case syscall.ENOBUFS, syscall.ENOMEM:
		return ErrFull
	case syscall.EMSGSIZE:
		return ErrSize
	case syscall.EPIPE, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ENOTCONN, syscall.ENETDOWN, syscall.ENETUNREACH,
		syscall.EHOSTUNREACH, syscall.ENOENT, syscall.ENXIO, syscall.ENODEV, syscall.EIO, syscall.EBADF, syscall.EDESTADDRREQ:
		return ErrDown
	}
	return e
}
