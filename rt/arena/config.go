package arena

import "fmt"

// Config describes an [Arena]. Only Size is mandatory.
type Config struct {
	// Size in bytes, rounded up to whole pages (with Huge, to whole huge pages
	// of 2 MiB).
	Size int
	// Name appears in error messages and, for a shared arena, in
	// /proc/PID/maps. Empty means "arena".
	Name string
	// Shared backs the arena with a memfd, whose descriptor another process
	// passes to [Attach]. Linux only. A shared arena is mapped memory also
	// under the race detector, which then does not see accesses to it.
	Shared bool
	// Huge aligns the arena to 2 MiB and asks for transparent huge pages: fewer
	// TLB misses, the largest single gain at the tail of an allocator's times.
	// It costs rounding, and time in New when the kernel compacts memory.
	Huge bool
	// NoLock leaves the pages unlocked: they are resident after New, but the
	// kernel may page them out or migrate them later.
	NoLock bool
}

const (
	pageSize     = 4096    // smallest page on every supported platform
	hugePageSize = 2 << 20 // PMD-mapped page with 4 KiB base pages
	// maxSize keeps Size plus guards and alignment slack far from overflow, also
	// where int has 32 bits.
	maxSize = int(^uint(0)>>1) / 2
)

func (c *Config) name() string {
	if c.Name == "" {
		return "arena"
	}
	return c.Name
}

func (c *Config) validate() error {
	if c.Size <= 0 {
		return fmt.Errorf("arena: Config.Size %d: must be >0; give the bytes that the program needs, e.g. 64<<20", c.Size)
	}
	if c.Size > maxSize {
		return fmt.Errorf("arena: Config.Size %d: exceeds %d, half of this platform's address range; split the arena", c.Size, maxSize)
	}
	for _, r := range c.Name {
		if r == 0 {
			return fmt.Errorf("arena: Config.Name %q: contains a NUL byte; use a plain name, e.g. \"audio\"", c.Name)
		}
	}
	if len(c.Name) > maxName {
		return fmt.Errorf("arena: Config.Name of %d bytes: at most %d; shorten it", len(c.Name), maxName)
	}
	return nil
}

// maxName is the longest name memfd_create(2) takes.
const maxName = 249

func roundUp(n, to int) int { return (n + to - 1) / to * to }
