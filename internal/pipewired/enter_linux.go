package pipewired

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

const (
	// libraryPath is where the loader looks first.
	libraryPath = "LD_LIBRARY_PATH"
	// entering is set in a process that Enter has started.
	entering = "MEMKIT_PIPEWIRE_ENTERING"
	libjack  = "libjack.so.0"
)

// errIgnored says that the loader has not looked where it was told to.
var errIgnored = errors.New("pipewired: this program takes no libjack from " + libraryPath + ", which the loader ignores for programs with file capabilities; take them away with setcap -r, or use JACK")

// library is the directory of PipeWire's libjack, "" where there is none.
var library = sync.OnceValue(func() string {
	triplet := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[runtime.GOARCH]
	for _, lib := range []string{filepath.Join("lib", triplet), "lib64", "lib"} {
		dir := filepath.Join("/usr", lib, "pipewire-0.3/jack")
		if _, err := os.Stat(filepath.Join(dir, libjack)); err == nil {
			return dir
		}
	}
	return ""
})

// withLibrary is a path with PipeWire's libjack in front.
func withLibrary(path string) string {
	dir := library()
	if path == "" || path == dir || strings.HasPrefix(path, dir+":") {
		return cmp.Or(path, dir)
	}
	return dir + ":" + path
}

// Entered reports whether this process's libjack is PipeWire's.
func Entered() bool {
	maps, err := os.ReadFile("/proc/self/maps")
	return err == nil && library() != "" && bytes.Contains(maps, []byte(library()))
}

// Enter starts this program again, with the same arguments and process id, unless
// its libjack is PipeWire's already. It returns nil where that is so. Call it before
// anything that an end of the process would lose.
func Enter() error {
	switch {
	case Entered():
		return os.Unsetenv(entering)
	case library() == "":
		return ErrMissing
	case os.Getenv(entering) != "":
		return errIgnored
	}
	os.Setenv(libraryPath, withLibrary(os.Getenv(libraryPath)))
	os.Setenv(entering, "1")
	err := syscall.Exec("/proc/self/exe", os.Args, os.Environ())
	return fmt.Errorf("pipewired: starting this program again: %w", err)
}
