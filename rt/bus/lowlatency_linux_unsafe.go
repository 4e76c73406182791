//go:build linux

package bus

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// serialSettings is the kernel's serial_struct, of which the flags matter here.
type serialSettings struct {
	typ, line int32
	port      uint32
	irq       int32
	flags     int32
	rest      [64]byte
}

const asyncLowLatency = 1 << 13

// setLowLatency asks the driver to hand each byte on at once. Most drivers but those
// of hardware do not know it, which is no error.
func setLowLatency(fd int) {
	var s serialSettings
	if _, _, e := syscall.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCGSERIAL, uintptr(unsafe.Pointer(&s))); e != 0 {
		return
	}
	s.flags |= asyncLowLatency
	syscall.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCSSERIAL, uintptr(unsafe.Pointer(&s)))
}
