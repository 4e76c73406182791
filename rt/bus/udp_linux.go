package bus

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// OpenUDP opens a connected UDP socket.
func OpenUDP(c UDPConfig) (Port, error) {
	local, remote, err := c.addresses()
	if err != nil {
		return nil, err
	}
	family := unix.AF_INET6
	if remote.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("bus: UDP socket: %w", err)
	}
	if c.Share {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return nil, errors.Join(fmt.Errorf("bus: UDPConfig.Share: %w", err), unix.Close(fd))
		}
	}
	if err := unix.Bind(fd, socketAddress(local)); err != nil {
		return nil, errors.Join(fmt.Errorf("bus: UDP address %v: %w; set UDPConfig.Local to a free port of this machine", local, err), unix.Close(fd))
	}
	if err := unix.Connect(fd, socketAddress(remote)); err != nil {
		return nil, errors.Join(fmt.Errorf("bus: UDP connection to %v: %w", remote, err), unix.Close(fd))
	}
	if c.BusyPoll > 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BUSY_POLL, c.BusyPoll); err != nil {
			return nil, errors.Join(fmt.Errorf("bus: UDPConfig.BusyPoll of %d µs: %w; it needs CAP_NET_ADMIN beyond the system's default", c.BusyPoll, err), unix.Close(fd))
		}
	}
	return newSocket(fd), nil
}

func socketAddress(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	s := &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
	if z := a.Addr().Zone(); z != "" {
		s.ZoneId = zoneIndex(z)
	}
	return s
}

// TakeSocket makes a port of a connected datagram socket, which it takes over and makes
// non-blocking: one that another process has sent, such as package rt/guard.
func TakeSocket(fd int) (Port, error) {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return nil, fmt.Errorf("bus: TakeSocket of descriptor %d: %w", fd, err)
	}
	if kind != unix.SOCK_DGRAM {
		return nil, fmt.Errorf("bus: TakeSocket of descriptor %d: it is no datagram socket; give one of UDP or Unix", fd)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, fmt.Errorf("bus: TakeSocket of descriptor %d: %w", fd, err)
	}
	unix.CloseOnExec(fd)
	return newSocket(fd), nil
}

// newSocket takes over a datagram socket. Stamps and the count of dropped datagrams
// are asked for; a socket that has neither works without.
func newSocket(fd int) *socket {
	if domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); err == nil && domain == unix.AF_UNIX {
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1) // all that such a socket has
	} else {
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING, unix.SOF_TIMESTAMPING_RX_SOFTWARE|unix.SOF_TIMESTAMPING_SOFTWARE)
	}
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
	return &socket{sys: &host, fd: fd}
}
