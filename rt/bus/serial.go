package bus

import (
	"fmt"
	"syscall"
)

// SerialConfig describes a port over a serial line.
type SerialConfig struct {
	// Path of the device, such as /dev/ttyUSB0. It has no default.
	Path string
	// Baud is the line's speed in bits a second; any number that the device can. 0
	// means 115200.
	Baud int
}

// SerialFrame is the longest frame of a serial port, in bytes.
const SerialFrame = 250

// Serial is a port over a serial line. On the line a frame is its bytes and a check
// sum of 16 bits (CRC-16/IBM-3740, least significant byte first), without zero bytes
// by consistent overhead byte stuffing (S. Cheshire and M. Baker, IEEE/ACM
// Transactions on Networking 7(2), 1999), and a zero byte at its end. So a receiver
// that starts in the middle, or misses bytes, is right again at the next frame.
type Serial struct {
	sys     *system
	fd      int
	closed  bool
	out     [encodedFrame + 1]byte
	pending []byte // of out, still to be written
	in      [4 * encodedFrame]byte
	filled  int
	whole   [encodedFrame]byte
	damaged uint64
	cut     bool // the last frame may have been cut off
}

// encodedFrame is the longest frame on the line: the frame, its check sum, two bytes
// of stuffing and the end.
const encodedFrame = SerialFrame + 2 + 2 + 1

// Send writes one frame. What the line has no room for at once is written before
// the next frame, which is refused with ErrFull until then.
//
// Cost: O(len(frame)) and one or two system calls. Allocates: no. Blocks: no.
// Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Serial) Send(frame []byte) error {
	if s.closed {
		return ErrDown
	}
	if len(frame) > SerialFrame {
		return ErrSize
	}
	if len(s.pending) > 0 {
		if err := s.flush(); err != nil {
			return err
		}
		if len(s.pending) > 0 {
			return ErrFull
		}
	}
	n := 0
	if s.cut {
		s.out[0], n = 0, 1
	}
	n += stuff(s.out[n:], frame)
	s.pending = s.out[:n]
	err := s.flush()
	if len(s.pending) == n {
		// Nothing has left, so the frame has not been sent.
		s.pending = nil
		if err == nil {
			err = ErrFull
		}
	} else {
		s.cut = false
	}
	return err
}

// flush writes the pending bytes, as far as there is room.
func (s *Serial) flush() error {
	n, e := s.sys.write(s.fd, s.pending)
	switch {
	case e == syscall.EAGAIN, e == syscall.EINTR:
		return nil
	case e != 0:
		return outcome(e, ErrFull)
	}
	s.pending = s.pending[min(max(n, 0), len(s.pending)):]
	return nil
}

// Discard forgets the bytes that have not left yet, here and in the kernel. The next
// frame begins with a byte that ends a frame cut off by that.
//
// Cost: one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Serial) Discard() {
	s.pending, s.cut = nil, true
	if s.sys.discard != nil {
		s.sys.discard(s.fd)
	}
}

// Receive takes one frame. Its time is not known.
//
// Cost: O(1000) and one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the bytes of the buffer, 1,020
func (s *Serial) Receive(frame []byte) (n int, at int64, err error) {
	if s.closed {
		return 0, 0, ErrDown
	}
	read, e := s.sys.read(s.fd, s.in[s.filled:])
	down := false
	switch {
	case e == syscall.EAGAIN, e == syscall.EINTR:
	case e != 0 || read == 0 && s.filled < len(s.in):
		down = true // what arrived before is still taken
	default:
		s.filled += min(max(read, 0), len(s.in)-s.filled)
	}
	for start := 0; ; {
		end := start
		for end < s.filled && s.in[end] != 0 {
			end++
		}
		if end == s.filled {
			s.discard(start)
			switch {
			case s.filled >= encodedFrame:
				// Longer than any frame: noise until the next zero byte.
				s.damaged++
				s.filled = 0
			case down:
				return 0, 0, outcome(errnoOrDown(e), ErrEmpty)
			}
			return 0, 0, ErrEmpty
		}
		empty := end == start // two zero bytes: an idle line, no frame
		size, ok := unstuff(s.whole[:], s.in[start:end])
		start = end + 1
		if empty {
			continue
		}
		if !ok {
			s.damaged++
			continue
		}
		s.discard(start)
		if size > len(frame) {
			return 0, 0, ErrSize
		}
		return copy(frame, s.whole[:size]), 0, nil
	}
}

// discard forgets the bytes before start.
func (s *Serial) discard(start int) {
	copy(s.in[:], s.in[start:s.filled])
	s.filled -= start
}

func errnoOrDown(e syscall.Errno) syscall.Errno {
	if e == 0 {
		return syscall.EIO
	}
	return e
}

// Damaged counts the frames whose check sum or stuffing was wrong, or that were too
// long.
func (s *Serial) Damaged() uint64 { return s.damaged }

// Dropped returns 0: a line that overflows damages frames.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Serial) Dropped() uint64 { return 0 }

// FD returns the line's descriptor.
func (s *Serial) FD() int { return s.fd }

// Close closes the line.
func (s *Serial) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return s.sys.close(s.fd)
}

func (c SerialConfig) validate() error {
	switch {
	case c.Path == "":
		return fmt.Errorf("bus: SerialConfig.Path is empty; set the line's device, such as /dev/ttyUSB0")
	case c.Baud < 0 || c.Baud > 50_000_000:
		return fmt.Errorf("bus: SerialConfig.Baud is %d; set bits a second, or 0 for 115200", c.Baud)
	}
	return nil
}
