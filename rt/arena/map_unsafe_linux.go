package arena

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapOver replaces the reserved pages under at: private and anonymous when fd
// is -1, else the file's.
func mapOver(at []byte, fd int) error {
	flags := unix.MAP_FIXED | unix.MAP_PRIVATE | unix.MAP_ANONYMOUS
	if fd >= 0 {
		flags = unix.MAP_FIXED | unix.MAP_SHARED
	}
	_, err := unix.MmapPtr(fd, 0, unsafe.Pointer(&at[0]), uintptr(len(at)), unix.PROT_READ|unix.PROT_WRITE, flags)
	return err
}
