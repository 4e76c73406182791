package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"syscall"
)

// fakeFD is the first descriptor of the fake kernel.
const fakeFD = 1 << 20

// fakeCAN is a kernel with one CAN interface, can0, on which every port hears the
// frames of the others. It stands for the kernel's part that linux/can.h describes.
type fakeCAN struct {
	mu      sync.Mutex
	fd      bool
	up      bool
	sockets map[int]*canSocket
	now     int64
	// room is how many frames a receive queue holds, sending the send queue of the
	// interface.
	room int
}

type canSocket struct {
	bound   bool
	fd      bool
	errors  uint32
	filters [][2]uint32
	queue   [][]byte
	spare   [][]byte // used entries, so that the fake does not allocate
}

func newFakeCAN(fd bool) *fakeCAN {
	return &fakeCAN{fd: fd, up: true, sockets: map[int]*canSocket{}, room: 100, now: 1e9}
}

func (k *fakeCAN) open(c CANConfig) (*CAN, error) {
	return openCAN(c, k.setup(), k.system(), func(int) {})
}

func (k *fakeCAN) setup() canSetup {
	return canSetup{
		open: func() (int, error) {
			fd := fakeFD + len(k.sockets)
			k.sockets[fd] = &canSocket{}
			return fd, nil
		},
		index: func(name string) (int, error) {
			if name != "can0" {
				return 0, errors.New("no such network interface")
			}
			return 3, nil
		},
		bind: func(fd, index int) error {
			if !k.up {
				return syscall.ENETDOWN
			}
			k.sockets[fd].bound = true
			return nil
		},
		mtu: func(string) (int, error) {
			if k.fd {
				return canFDBytes, nil
			}
			return canBytes, nil
		},
		option: func(fd, option int, value []byte) error {
			s := k.sockets[fd]
			switch option {
			case rawFDFrames:
				s.fd = binary.NativeEndian.Uint32(value) == 1
			case rawErrors:
				s.errors = binary.NativeEndian.Uint32(value)
			case rawFilter:
				for ; len(value) >= 8; value = value[8:] {
					s.filters = append(s.filters, [2]uint32{binary.NativeEndian.Uint32(value), binary.NativeEndian.Uint32(value[4:])})
				}
			default:
				return fmt.Errorf("unknown option %d", option)
			}
			return nil
		},
	}
}

func (k *fakeCAN) system() *system {
	return &system{
		send: func(fd int, b []byte) (int, syscall.Errno) {
			k.mu.Lock()
			defer k.mu.Unlock()
			switch s := k.sockets[fd]; {
			case !k.up:
				return 0, syscall.ENETDOWN
			case len(b) == canFDBytes && !s.fd, len(b) != canBytes && len(b) != canFDBytes:
				return 0, syscall.EINVAL
			}
			for at, s := range k.sockets {
				if at != fd && len(s.queue) >= k.room {
					return 0, syscall.ENOBUFS // the wire stands still in this kernel
				}
			}
			k.deliver(fd, b)
			return len(b), 0
		},
		receive: func(m *message) syscall.Errno {
			k.mu.Lock()
			defer k.mu.Unlock()
			s := k.sockets[m.fd]
			if len(s.queue) == 0 {
				return syscall.EAGAIN
			}
			m.data = m.data[:copy(m.data, s.queue[0])]
			m.whole = len(m.data) == len(s.queue[0])
			s.spare = append(s.spare, s.queue[0])
			s.queue = s.queue[:copy(s.queue, s.queue[1:])]
			m.used = 0
			return 0
		},
		close: func(int) error { return nil },
		now:   func() int64 { return k.now },
		wall:  func() int64 { return k.now },
	}
}

// deliver puts a frame into the queue of every port but the sender's.
func (k *fakeCAN) deliver(from int, b []byte) {
	id := binary.NativeEndian.Uint32(b)
	for fd, s := range k.sockets {
		if fd == from || !s.bound || len(b) == canFDBytes && !s.fd {
			continue
		}
		pass := len(s.filters) == 0
		for _, f := range s.filters {
			pass = pass || id&f[1] == f[0]&f[1]
		}
		if id&canError != 0 {
			pass = id&s.errors != 0
		}
		if pass {
			var entry []byte
			if n := len(s.spare); n > 0 {
				entry, s.spare = s.spare[n-1][:0], s.spare[:n-1]
			}
			s.queue = append(s.queue, append(entry, b...))
		}
	}
}

// tell sends an error frame to every port.
func (k *fakeCAN) tell(class uint32, data ...byte) {
	b := make([]byte, canBytes)
	binary.NativeEndian.PutUint32(b, canError|class)
	b[4] = 8
	copy(b[canData:], data)
	k.deliver(-1, b)
}
