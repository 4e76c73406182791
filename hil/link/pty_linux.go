package link

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/bus"
)

// OpenPTY opens a pseudo-terminal: a port for the rig, and the path that a program under
// test opens as its serial line.
func OpenPTY() (*bus.Serial, string, error) {
	port, err := bus.OpenSerial(bus.SerialConfig{Path: "/dev/ptmx"})
	if err != nil {
		return nil, "", errkind.Wrapf(err, "bus", "link: a pseudo-terminal")
	}
	number := 0
	err = unix.IoctlSetPointerInt(port.FD(), unix.TIOCSPTLCK, 0)
	if err == nil {
		number, err = unix.IoctlGetInt(port.FD(), unix.TIOCGPTN)
	}
	if err != nil {
		return nil, "", errors.Join(fmt.Errorf("link: a pseudo-terminal: %w", err), port.Close())
	}
	return port, fmt.Sprintf("/dev/pts/%d", number), nil
}
