package bus

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// OpenSerial opens a serial line for this program alone, in raw mode: 8 bits, no
// parity, one stop bit, no flow control. Low latency is asked for where the driver
// knows it; an adapter by FTDI also has latency_timer, which rtbench doctor checks.
func OpenSerial(c SerialConfig) (*Serial, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.Baud == 0 {
		c.Baud = 115200
	}
	fd, err := unix.Open(c.Path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("bus: serial line %s: %w", c.Path, err)
	}
	if err := setRaw(fd, c.Baud); err != nil {
		return nil, errors.Join(fmt.Errorf("bus: %s is no serial line that can be set up: %w", c.Path, err), unix.Close(fd))
	}
	setLowLatency(fd)
	return &Serial{sys: &host, fd: fd}, nil
}

func setRaw(fd, baud int) error {
	if err := unix.IoctlSetInt(fd, unix.TIOCEXCL, 0); err != nil {
		return err
	}
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = unix.IGNBRK|unix.IGNPAR, 0, 0
	t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | unix.BOTHER
	t.Ispeed, t.Ospeed = uint32(baud), uint32(baud)
	// A read without O_NONBLOCK would wait for one byte; with it, 0 bytes mean that
	// the line has gone.
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS2, t); err != nil {
		return err
	}
	// What arrived before is of the old mode.
	return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIOFLUSH)
}
