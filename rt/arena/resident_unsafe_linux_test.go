package arena

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func residentPages(t *testing.T, b []byte) (n int) {
	t.Helper()
	pages := make([]byte, len(b)/unix.Getpagesize())
	_, _, e := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(unsafe.Pointer(&pages[0])))
	if e != 0 {
		t.Skip("mincore:", e)
	}
	for _, p := range pages {
		n += int(p & 1)
	}
	return n
}
