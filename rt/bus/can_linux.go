package bus

import (
	"net"

	"golang.org/x/sys/unix"
)

// OpenCAN opens a CAN interface that is up.
func OpenCAN(c CANConfig) (*CAN, error) {
	return openCAN(c, canHost, &host, func(fd int) { newSocket(fd) })
}

var canHost = canSetup{
	open: func() (int, error) {
		return unix.Socket(unix.AF_CAN, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.CAN_RAW)
	},
	index: func(name string) (int, error) {
		i, err := net.InterfaceByName(name)
		if err != nil {
			return 0, err
		}
		return i.Index, nil
	},
	bind: func(fd, index int) error { return unix.Bind(fd, &unix.SockaddrCAN{Ifindex: index}) },
	option: func(fd, option int, value []byte) error {
		return unix.SetsockoptString(fd, unix.SOL_CAN_RAW, option, string(value))
	},
	mtu: func(name string) (int, error) {
		i, err := net.InterfaceByName(name)
		if err != nil {
			return 0, err
		}
		return i.MTU, nil
	},
}
