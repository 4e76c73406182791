package bus

import "syscall"

// socket is the part that all ports over datagram sockets share.
type socket struct {
	sys     *system
	fd      int
	closed  bool
	message message
	dropped uint64
	last    uint32 // the kernel's count
}

// Send sends one datagram.
//
// Cost: one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *socket) Send(frame []byte) error {
	if s.closed {
		return ErrDown
	}
	n, e := s.sys.send(s.fd, frame)
	if e == syscall.ECONNREFUSED || e == syscall.EINTR {
		// The answer to an earlier datagram, which this call has cleared: the peer was
		// not there then.
		n, e = s.sys.send(s.fd, frame)
	}
	if e == 0 && n != len(frame) {
		return ErrSize
	}
	return outcome(e, ErrFull)
}

// Receive takes one datagram.
//
// Cost: one system call, two after an error that the peer caused. Allocates: no.
// Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *socket) Receive(frame []byte) (n int, at int64, err error) {
	if s.closed {
		return 0, 0, ErrDown
	}
	m := &s.message
	m.fd, m.data = s.fd, frame
	e := s.sys.receive(m)
	if e == syscall.ECONNREFUSED || e == syscall.EINTR {
		m.data = frame
		e = s.sys.receive(m)
	}
	if e == syscall.ECONNREFUSED {
		e = syscall.EAGAIN // the peer is not there yet; nothing arrived
	}
	if e != 0 {
		return 0, 0, outcome(e, ErrEmpty)
	}
	stamp, dropped, counted := controls(m.control[:min(max(m.used, 0), controlBytes)])
	if counted {
		s.dropped += uint64(dropped - s.last) // the kernel's count wraps
		s.last = dropped
	}
	if !m.whole {
		return 0, 0, ErrSize
	}
	return len(m.data), s.sys.monotonic(stamp), nil
}

// Dropped counts the datagrams that the receive queue had no room for, as of the
// last Receive.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *socket) Dropped() uint64 { return s.dropped }

// FD returns the socket.
func (s *socket) FD() int { return s.fd }

// Close closes the socket.
func (s *socket) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return s.sys.close(s.fd)
}

// staleStamp is how old a kernel's stamp may be before it counts as unknown: the
// wall clock was set in between.
const staleStamp = 60e9

// monotonic converts a stamp of the wall clock, by its age.
func (s *system) monotonic(stamp int64) int64 {
	if stamp == 0 {
		return 0
	}
	now, age := s.now(), s.wall()-stamp
	if age < 0 || age > staleStamp {
		return 0
	}
	return now - age
}
