package jackd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/internal/jackshm"
)

func inspectDatabase() jackshm.Database {
	return jackshm.InspectDatabase(os.DirFS("/"), sockets(), os.Geteuid())
}

// hung returns what says why a server does not become ready.
func hung(server *exec.Cmd) func(last bool) error {
	var w waits
	return func(last bool) error { return w.see(inspectDatabase(), server.Process.Pid, last) }
}

// waits are the looks at the database of JACK's metadata, in a row, that have found it
// abandoned, and that have found the server waiting for a lock of it.
type waits struct{ abandoned, locked int }

const (
	// abandonedLooks: whoever waits for a lock may have got it already.
	abandonedLooks = 2
	// lockedLooks is for a lock while others use the database, of which one might hold it:
	// ten seconds, a thousand times as long as any use takes.
	lockedLooks = 10
)

// see judges one more look.
func (w *waits) see(d jackshm.Database, server int, last bool) error {
	err := d.Err(server)
	if w.abandoned++; err == nil {
		w.abandoned = 0
	}
	if w.locked++; !slices.Contains(d.Waiting, server) {
		w.locked = 0
	}
	switch {
	case w.abandoned >= abandonedLooks, w.abandoned > 0 && last:
		return err
	case w.locked >= lockedLooks, w.locked > 0 && last:
		return d.ErrLocked()
	}
	return nil
}

// inspectRegistry returns an empty one where it cannot be read: JACK says why.
func inspectRegistry() jackshm.Registry {
	r, err := jackshm.InspectRegistry(os.DirFS("/"), sockets())
	if err != nil {
		return jackshm.Registry{}
	}
	return r
}

// newName is a name that no other server has. Where all places are taken it is that of a
// server of ours that was killed: JACK then gives its place to the new one.
func newName() string {
	if r := inspectRegistry(); r.Full() != nil {
		for _, s := range r.Servers {
			if s.Gone && s.User == os.Geteuid() && strings.HasPrefix(s.Name, namePrefix) {
				return s.Name
			}
		}
	}
	return fmt.Sprintf("%s%d-%d", namePrefix, os.Getpid(), serial.Add(1))
}

// removeLeftovers removes what a killed server of ours leaves behind: the socket,
// which would look like the next one's, and the semaphores.
func removeLeftovers(name string) {
	left, _ := filepath.Glob(filepath.Join(sockets(), fmt.Sprintf("jack_sem.%d_%s_*", os.Getuid(), name)))
	for _, path := range append(left, socketOf(name)) {
		_ = os.Remove(path)
	}
}

// removeDatabase removes what a server removes that ends well, so that a lock which a
// killed one held is gone with it.
func removeDatabase(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "__db.*"))
	for _, path := range append(files, filepath.Join(dir, "metadata.db"), dir) {
		_ = os.Remove(path)
	}
}
