package bus

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// unixSocket connects again when its peer comes or restarts, and removes its file.
type unixSocket struct {
	*socket
	path string
	peer peerAddress
	any  bool // it stays without a peer, and each frame has its address
}

// Send sends one datagram. While the peer is not there it tries to connect. A socket
// that was shut down stays so.
//
// Cost: one system call, three while the peer is not there. Allocates: no. Blocks:
// no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *unixSocket) Send(frame []byte) error {
	if s.closed {
		return ErrDown
	}
	if s.any {
		n, e := s.peer.send(s.fd, frame)
		if e == 0 && n != len(frame) {
			return ErrSize
		}
		return outcome(e, ErrFull)
	}
	n, e := s.sys.send(s.fd, frame)
	if e == syscall.ENOTCONN || e == syscall.ECONNREFUSED || e == syscall.EINTR {
		if e := s.peer.connect(s.fd); e != 0 {
			return ErrDown
		}
		n, e = s.sys.send(s.fd, frame)
	}
	if e == 0 && n != len(frame) {
		return ErrSize
	}
	return outcome(e, ErrFull)
}

// Close closes the socket and removes its file.
func (s *unixSocket) Close() error {
	if s.closed {
		return nil
	}
	err := s.socket.Close()
	if s.path != "" {
		err = errors.Join(err, os.Remove(s.path))
	}
	return err
}

// OpenUnix opens a Unix datagram socket that sends to one peer.
func OpenUnix(c UnixConfig) (Port, error) {
	peer, ok := newPeerAddress(c.Remote)
	if c.Local == "" || !ok {
		return nil, fmt.Errorf("bus: UnixConfig.Local is %q and Remote %q; set two paths of at most 107 bytes", c.Local, c.Remote)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("bus: Unix socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: c.Local}); err != nil {
		return nil, errors.Join(fmt.Errorf("bus: Unix socket at %s: %w; set UnixConfig.Local to a path that does not exist", c.Local, err), unix.Close(fd))
	}
	s := &unixSocket{socket: newSocket(fd), peer: peer, any: c.AnySender}
	if c.Local[0] != '@' {
		s.path = c.Local
	}
	return s, nil
}

// UnixPair opens two connected ends, for two threads or for a child process that
// inherits a descriptor.
func UnixPair() (a, b Port, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("bus: Unix socket pair: %w", err)
	}
	return newSocket(fds[0]), newSocket(fds[1]), nil
}
