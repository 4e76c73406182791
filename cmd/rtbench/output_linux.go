package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// createUnnamed creates a file that the kernel removes with the process, unless it
// is given a name. The error wraps errors.ErrUnsupported where the file system has
// no such files.
func createUnnamed(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir, unix.O_TMPFILE|os.O_RDWR, 0o600)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EINVAL) {
		return nil, fmt.Errorf("%s: files without a name: %w", dir, errors.ErrUnsupported)
	}
	return f, err
}

// tolerateFileLimit makes a write beyond RLIMIT_FSIZE fail with an error. The signal
// that would end the process is received and dropped; unlike one that is ignored,
// children have its default action.
func tolerateFileLimit() { signal.Notify(make(chan os.Signal, 1), unix.SIGXFSZ) }

// mostNames is how many temporary names are tried.
const mostNames = 1000

// linkUnnamed gives an unnamed file a temporary name in the directory of final:
// a link cannot replace a file, a rename can.
func linkUnnamed(f *os.File, final string) (temporary string, err error) {
	for i := range mostNames {
		temporary = filepath.Join(filepath.Dir(final), fmt.Sprintf(".%s-%d-%d", filepath.Base(final), os.Getpid(), i))
		err = unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", f.Fd()), unix.AT_FDCWD, temporary, unix.AT_SYMLINK_FOLLOW)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil {
		return "", &os.LinkError{Op: "naming", Old: f.Name(), New: final, Err: err}
	}
	return temporary, nil
}
