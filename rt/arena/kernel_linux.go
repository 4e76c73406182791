package arena

import "golang.org/x/sys/unix"

// kernel holds the system calls that make an arena. Tests replace it to refuse
// requests that the real kernel would grant.
type kernel struct {
	reserve  func(bytes int) ([]byte, error)
	place    func(at []byte, fd int) error
	release  func(reservation []byte) error
	memfd    func(name string) (int, error)
	truncate func(fd int, size int64) error
	seal     func(fd int) error
	advise   func(b []byte, advice int) error
	lock     func(b []byte) error
}

var system = kernel{
	reserve: func(bytes int) ([]byte, error) {
		return unix.Mmap(-1, 0, bytes, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	},
	place:   mapOver,
	release: unix.Munmap,
	memfd: func(name string) (int, error) {
		return unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	},
	truncate: unix.Ftruncate,
	seal: func(fd int) error {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW)
		return err
	},
	advise: unix.Madvise,
	lock:   unix.Mlock,
}
