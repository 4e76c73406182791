package arena

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

func newMapped(c *Config) (*Arena, error) { return system.create(c) }

func attachMapped(fd int, c *Config) (*Arena, error) { return system.attach(fd, c) }

func (k *kernel) create(c *Config) (*Arena, error) {
	align := pageAlign(c)
	size := roundUp(c.Size, align)
	if !c.Shared {
		return k.mapArena(c, size, -1)
	}
	fd, err := k.memfd(c.name())
	if err != nil {
		return nil, fmt.Errorf("arena: %s: memfd_create: %w", c.name(), err)
	}
	if err := k.truncate(fd, int64(size)); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("arena: %s: memfd of %d bytes: %w", c.name(), size, err)
	}
	if err := k.seal(fd); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("arena: %s: sealing the memfd's size: %w", c.name(), err)
	}
	return k.mapArena(c, size, fd)
}

func (k *kernel) attach(fd int, c *Config) (*Arena, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, fmt.Errorf("arena: Attach(%d): %w", fd, err)
	}
	seals, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
	if err != nil || seals&unix.F_SEAL_SHRINK == 0 {
		return nil, fmt.Errorf("arena: Attach(%d): not a memfd sealed against shrinking; pass the FD of an arena made with Config.Shared", fd)
	}
	size := int(st.Size)
	if want := roundUp(c.Size, pageAlign(c)); c.Size != 0 && want != size {
		return nil, fmt.Errorf("arena: Attach(%d): Config.Size %d: the shared arena has %d bytes; use the size its maker used, or 0", fd, c.Size, size)
	}
	if size <= 0 || size%unix.Getpagesize() != 0 {
		return nil, fmt.Errorf("arena: Attach(%d): memfd of %d bytes: must be whole pages; pass the FD of an arena made with Config.Shared", fd, size)
	}
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("arena: Attach(%d): duplicating the descriptor: %w", fd, err)
	}
	return k.mapArena(c, size, own)
}

func pageAlign(c *Config) int {
	if c.Huge {
		return hugePageSize
	}
	return unix.Getpagesize()
}

// mapArena takes ownership of fd. It reserves address space for the arena, a
// guard page on either side and the slack that alignment needs, and maps the
// arena into the middle; what stays of the reservation is inaccessible.
func (k *kernel) mapArena(c *Config, size, fd int) (*Arena, error) {
	fail := func(what string, err error) (*Arena, error) {
		if fd >= 0 {
			unix.Close(fd)
		}
		return nil, fmt.Errorf("arena: %s: %s of %d bytes: %w", c.name(), what, size, err)
	}
	guard, align := unix.Getpagesize(), pageAlign(c)
	reservation, err := k.reserve(guard + (align - guard) + size + guard)
	if err != nil {
		return fail("reserving address space", err)
	}
	start := guard + int(-(addressOf(reservation)+uintptr(guard))&uintptr(align-1))
	a := &Arena{bytes: reservation[start : start+size : start+size], fd: fd}
	a.granted.Mapped = true
	if err := k.populate(a, c); err != nil {
		return fail("mapping", errors.Join(err, k.release(reservation)))
	}
	a.unmap = func() error {
		err := k.release(reservation)
		if fd >= 0 {
			err = errors.Join(err, unix.Close(fd))
		}
		return err
	}
	return a, nil
}

// populate makes every page resident. It prefers MADV_POPULATE_WRITE (Linux
// 5.14) to MAP_POPULATE because the flag hides failures and would run before
// the huge-page advice.
func (k *kernel) populate(a *Arena, c *Config) error {
	if err := k.place(a.bytes, a.fd); err != nil {
		return err
	}
	if c.Huge {
		a.granted.HugeErr = k.advise(a.bytes, unix.MADV_HUGEPAGE)
		a.granted.Huge = a.granted.HugeErr == nil
	}
	switch err := k.advise(a.bytes, unix.MADV_POPULATE_WRITE); {
	case errors.Is(err, unix.EINVAL):
		touch(a.bytes)
	case err != nil:
		return err
	}
	if c.NoLock {
		return nil
	}
	if err := k.lock(a.bytes); err != nil {
		var limit unix.Rlimit
		unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit)
		a.granted.LockErr = &LockError{Bytes: uint64(len(a.bytes)), Limit: limit.Cur, Err: err}
		return nil
	}
	a.granted.Locked = true
	return nil
}
