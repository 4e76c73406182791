package jackd

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/internal/jackshm"
)

// private is set in a process that Private has started.
const private = "MEMKIT_PRIVATE_JACK"

// errElsewhere says that JACK was built to keep its files in a directory that more than
// shared memory is in.
var errElsewhere = errors.New("jackd: JACK keeps its files outside of " + jackshm.Dir)

// Private starts this program again, with the same arguments and process id, in
// namespaces where JACK's files are its own and its children's: then no server, client
// or lock of theirs meets another's. JACK itself has no setting for that. It returns nil
// where that is so already, and an error, without having changed anything, where the
// process may not do that, which takes CAP_SYS_ADMIN. Call it before anything that an
// end of the process would lose.
func Private() error {
	if os.Getenv(private) != "" {
		return nil
	}
	if sockets() != jackshm.Dir {
		return errElsewhere
	}
	runtime.LockOSThread() // the new program starts from this thread
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("jackd: no mount namespace of its own: %w", err)
	}
	// From here on the thread differs from the others, so the program starts again in
	// any case; without a mount it shares JACK's files as before.
	if unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") == nil &&
		unix.Mount("tmpfs", jackshm.Dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777") == nil {
		_ = unix.Unshare(unix.CLONE_NEWIPC) // the semaphore that guards the registry
	}
	if err := os.Setenv(private, "1"); err != nil {
		return err
	}
	return fmt.Errorf("jackd: starting this program again: %w", syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}
