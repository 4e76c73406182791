package jackshm

import (
	"fmt"
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// identity is how /proc/PID/maps names a file, by device and inode, "" where the file
// system has no such numbers. Another namespace may have another file of this path.
func identity(info fs.FileInfo) string {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf(" %02x:%02x %d ", unix.Major(s.Dev), unix.Minor(s.Dev), s.Ino)
}
