package arena

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/internal/debug"
)

// ErrUnsupported is wrapped by the error of a request that this operating
// system cannot serve.
var ErrUnsupported = errors.New("not supported on this platform")

// Arena is one region of memory, resident from New until Close.
type Arena struct {
	bytes   []byte
	fd      int
	granted Granted
	unmap   func() error
}

// Granted is what the operating system gave of what a [Config] asked for.
type Granted struct {
	// Mapped: the memory lies outside the Go heap, between guard pages.
	Mapped bool
	// Locked: the pages stay in RAM until Close. LockErr says why not, nil
	// when Config.NoLock asked for that.
	Locked  bool
	LockErr error
	// Huge: the kernel accepted the advice to use huge pages. HugeErr says why
	// not, nil when Config.Huge was not set.
	Huge    bool
	HugeErr error
}

// LockError says why an arena's pages could not be locked into RAM.
type LockError struct {
	Bytes uint64 // that should have been locked
	Limit uint64 // RLIMIT_MEMLOCK of this process in bytes, when known
	Err   error
}

func (e *LockError) Error() string {
	return fmt.Sprintf("arena: mlock of %d bytes refused: %v; need CAP_IPC_LOCK or RLIMIT_MEMLOCK ≥ %d beyond what is locked already, have %d",
		e.Bytes, e.Err, e.Bytes, e.Limit)
}

func (e *LockError) Unwrap() error { return e.Err }

// New maps, fills with zeros, and locks an arena. A refused lock or huge page
// is no error: Granted reports it, and the caller decides.
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

// Granted reports which of Config's wishes came true.
func (a *Arena) Granted() Granted { return a.granted }

// Close gives the memory back. A second Close does nothing. Accesses to a
// mapped arena after Close crash the process.
func (a *Arena) Close() error {
	if debug.Sanitized {
		a.unpoison() // the address space may be anyone's next
	}
	unmap := a.unmap
	a.bytes, a.fd, a.unmap = nil, -1, nil
	a.granted = Granted{}
	if unmap == nil {
		return nil
	}
	return unmap()
}
