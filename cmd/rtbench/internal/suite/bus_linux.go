package suite

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/rt/bus"
)

// freeLoopback is an address at which nothing listens.
func freeLoopback() (string, error) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return "", err
	}
	defer c.Close()
	return c.LocalAddr().String(), nil
}

// openBusPTY gives the loop the terminal's side as a serial line, the device the other.
func openBusPTY() (busEnds, error) {
	far, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return busEnds{}, fmt.Errorf("%w: no pseudo-terminals here: %w", bench.ErrUnavailable, err)
	}
	err = unix.IoctlSetPointerInt(far, unix.TIOCSPTLCK, 0)
	var n int
	if err == nil {
		n, err = unix.IoctlGetInt(far, unix.TIOCGPTN)
	}
	var near *bus.Serial
	if err == nil {
		near, err = bus.OpenSerial(bus.SerialConfig{Path: fmt.Sprintf("/dev/pts/%d", n)})
	}
	if err != nil {
		return busEnds{}, errors.Join(fmt.Errorf("a pseudo-terminal: %w", err), unix.Close(far))
	}
	return busEnds{port: near, near: near.FD(), far: far, closeAll: func() error { return errors.Join(near.Close(), unix.Close(far)) }}, nil
}
