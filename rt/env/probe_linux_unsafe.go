//go:build linux

package env

import (
	"encoding/binary"
	"errors"
	"net"
	"syscall"
	"unsafe"
)

// interfaceRequest is the kernel's ifreq with a pointer.
type interfaceRequest struct {
	name [16]byte
	data unsafe.Pointer
	_    [16]byte
}

const (
	ioctlEthtool      = 0x8946
	ethtoolCoalescing = 0x0000000e
)

// receiveDelay is how many µs a network card waits before its interrupt.
func receiveDelay(name string) (int64, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer syscall.Close(fd)
	values := [23]uint32{ethtoolCoalescing} // the second is rx_coalesce_usecs
	r := interfaceRequest{data: unsafe.Pointer(&values)}
	copy(r.name[:len(r.name)-1], name)
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), ioctlEthtool, uintptr(unsafe.Pointer(&r))); e != 0 {
		return 0, e
	}
	return int64(values[1]), nil
}

// Attributes of a link, see linux/if_link.h and linux/can/netlink.h.
const (
	linkInfo     = 18
	linkInfoData = 2
	canBitTiming = 1
)

// bitrate is that of a CAN interface in bit/s, 0 when none is set.
func bitrate(name string) (int64, error) {
	link, err := net.InterfaceByName(name)
	if err != nil {
		return 0, err
	}
	rib, err := syscall.NetlinkRIB(syscall.RTM_GETLINK, syscall.AF_UNSPEC)
	if err != nil {
		return 0, err
	}
	messages, err := syscall.ParseNetlinkMessage(rib)
	if err != nil {
		return 0, err
	}
	for i := range messages {
		m := &messages[i]
		if m.Header.Type != syscall.RTM_NEWLINK || len(m.Data) < syscall.SizeofIfInfomsg || int(int32(binary.NativeEndian.Uint32(m.Data[4:]))) != link.Index {
			continue
		}
		return bitrateOf(m.Data[syscall.SizeofIfInfomsg:])
	}
	return 0, errors.New("the kernel does not list the interface")
}

// bitrateOf finds the bit rate among a link's attributes.
func bitrateOf(attributes []byte) (int64, error) {
	timing := attribute(attribute(attribute(attributes, linkInfo), linkInfoData), canBitTiming)
	if len(timing) < 4 {
		return 0, errors.New("the interface has no bit timing")
	}
	return int64(binary.NativeEndian.Uint32(timing)), nil
}

// attribute is the content of a netlink attribute, nil where there is none.
func attribute(b []byte, kind uint16) []byte {
	for len(b) >= 4 {
		n := int(binary.NativeEndian.Uint16(b))
		if n < 4 || n > len(b) {
			return nil
		}
		if binary.NativeEndian.Uint16(b[2:])&0x3fff == kind {
			return b[4:n]
		}
		b = b[min(len(b), (n+3)&^3):]
	}
	return nil
}
