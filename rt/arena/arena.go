package arena

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/internal/debug"
)

// ErrUnsupported is wrapped by the error of a request that this operating
// system cannot serve. It is the standard library's.
var ErrUnsupported = errors.ErrUnsupported

// Arena is one region of memory, resident from New until Close.
type Arena struct {
	bytes   []byte
	fd      int
	granted Granted
	unmap   func() error
}

// Granted reports which requests of a [Config] the operating system granted.
type Granted struct {
	// Mapped: the memory lies outside the Go heap, between guard pages.
	Mapped bool
	// Locked: the pages stay in RAM until Close. Otherwise LockErr gives the
	// reason; it is nil with Config.NoLock.
	Locked  bool
	LockErr error
	// Huge: the kernel accepted the advice to use huge pages. Otherwise HugeErr
	// gives the reason; it is nil without Config.Huge.
	Huge    bool
	HugeErr error
}

// String is a sentence for logs, such as "mapped, locked, no huge pages".
func (g Granted) String() string {
	memory, locked, huge := "Go heap", "not locked", "no huge pages"
	if g.Mapped {
		memory = "mapped"
	}
	if g.Locked {
		locked = "locked"
	} else if g.LockErr != nil {
		locked = fmt.Sprintf("not locked (%v)", g.LockErr)
	}
	if g.Huge {
		huge = "huge pages"
	} else if g.HugeErr != nil {
		huge = fmt.Sprintf("no huge pages (%v)", g.HugeErr)
	}
	return memory + ", " + locked + ", " + huge
}

// LockError says why an arena's pages could not be locked into RAM.
type LockError struct {
	Bytes uint64 // of the arena
	Limit uint64 // RLIMIT_MEMLOCK of this process in bytes; 0 when not known
	Err   error
}

func (e *LockError) Error() string {
	return fmt.Sprintf("arena: mlock of %d bytes refused: %v; need CAP_IPC_LOCK or RLIMIT_MEMLOCK ≥ %d beyond the memory locked already, have %d",
		e.Bytes, e.Err, e.Bytes, e.Limit)
}

func (e *LockError) Unwrap() error { return e.Err }

// New maps an arena, fills it with zeros and locks it. A refused lock or huge page
// is not an error: Granted reports it, and the caller decides.
func New(c Config) (*Arena, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if raceEnabled && !c.Shared {
		return newOnHeap(c), nil
	}
	return newMapped(&c)
}

// Attach maps the shared arena behind fd, a descriptor inherited or received
// from the process that made it. Config.Size must be 0 (all of it) or what
// that process asked for. Attach keeps a duplicate of fd; the caller may close
// its own. It refuses a memfd that its peer could shrink: an access past the
// new end would kill this process.
func Attach(fd int, c Config) (*Arena, error) {
	if c.Size != 0 {
		if err := c.validate(); err != nil {
			return nil, err
		}
	}
	return attachMapped(fd, &c)
}

// Bytes is the whole arena, at least Config.Size long and aligned to a page,
// or to 2 MiB with Config.Huge. After Close it is nil, and slices taken before
// must not be used.
func (a *Arena) Bytes() []byte { return a.bytes }

// FD is the memfd of a shared arena, to be passed to a child process; -1 for
// others. It belongs to the arena: do not close it.
func (a *Arena) FD() int { return a.fd }

// Locked reports whether the pages are locked into RAM; Granted says why not.
func (a *Arena) Locked() bool { return a.granted.Locked }

// Granted reports which requests of Config the operating system granted.
func (a *Arena) Granted() Granted { return a.granted }

// Close gives the memory back. A second Close does nothing. Accesses to a
// mapped arena after Close crash the process.
func (a *Arena) Close() error {
	if debug.Sanitized {
		a.unpoison() // the address range may be mapped again
	}
	unmap := a.unmap
	a.bytes, a.fd, a.unmap = nil, -1, nil
	a.granted = Granted{}
	if unmap == nil {
		return nil
	}
	return unmap()
}
