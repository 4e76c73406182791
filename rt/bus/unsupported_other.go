//go:build !linux

package bus

import (
	"errors"
	"fmt"
	"runtime"
)

func unsupported(what string) error {
	return fmt.Errorf("bus: %s needs Linux, not %s: %w", what, runtime.GOOS, errors.ErrUnsupported)
}

// OpenUDP needs Linux.
func OpenUDP(UDPConfig) (Port, error) { return nil, unsupported("OpenUDP") }

// OpenUnix needs Linux.
func OpenUnix(UnixConfig) (Port, error) { return nil, unsupported("OpenUnix") }

// UnixPair needs Linux.
func UnixPair() (a, b Port, err error) { return nil, nil, unsupported("UnixPair") }

// TakeSocket needs Linux.
func TakeSocket(int) (Port, error) { return nil, unsupported("TakeSocket") }

// OpenSerial needs Linux.
func OpenSerial(SerialConfig) (*Serial, error) { return nil, unsupported("OpenSerial") }

// OpenCAN needs Linux.
func OpenCAN(CANConfig) (*CAN, error) { return nil, unsupported("OpenCAN") }
