package arena

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestShared(t *testing.T) {
	a, err := New(Config{Size: 100_000, Shared: true, Name: "memkit-test"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", a.FD())); err != nil || !strings.Contains(link, "memkit-test") {
		t.Errorf("descriptor %d is %q, %v", a.FD(), link, err)
	}
	b, err := Attach(a.FD(), Config{Size: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Bytes()) != len(a.Bytes()) || b.FD() == a.FD() || addressOf(a.Bytes()) == addressOf(b.Bytes()) {
		t.Errorf("attached %d bytes as descriptor %d", len(b.Bytes()), b.FD())
	}
	a.Bytes()[99_999] = 42
	if b.Bytes()[99_999] != 42 {
		t.Error("what one side writes the other does not see")
	}
	fd := b.FD()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if unix.Fstat(fd, new(unix.Stat_t)) == nil {
		t.Error("Close left the descriptor open")
	}
	// No peer can take the memory away, or grow it beyond what others mapped.
	for _, size := range []int64{0, 4096, 1 << 20} {
		if err := unix.Ftruncate(a.FD(), size); !errors.Is(err, unix.EPERM) {
			t.Errorf("truncating a shared arena to %d: %v", size, err)
		}
	}
	// A process that attaches late must see the data.
	late, err := Attach(a.FD(), Config{NoLock: true})
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	if late.Bytes()[99_999] != 42 {
		t.Error("attaching changed the content")
	}
}

func TestAttachRefuses(t *testing.T) {
	a, err := New(Config{Size: 1 << 16, Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	file, err := os.CreateTemp(t.TempDir(), "plain")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unsealed, err := unix.MemfdCreate("unsealed", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(unsealed)
	empty, err := system.memfd("empty")
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(empty)
	if err := system.seal(empty); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		fd     int
		config Config
		want   string
	}{
		{"no descriptor", -1, Config{}, "bad file descriptor"},
		{"plain file", int(file.Fd()), Config{}, "sealed against shrinking"},
		{"unsealed memfd", unsealed, Config{}, "sealed against shrinking"},
		{"empty memfd", empty, Config{}, "0 bytes"},
		{"wrong size", a.FD(), Config{Size: 1 << 20}, "has 65536 bytes"},
		{"negative size", a.FD(), Config{Size: -5}, "Config.Size -5"},
	} {
		if b, err := Attach(c.fd, c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want an error with %q", c.name, b, err, c.want)
		}
	}
}

// TestGuards: the page before and the page behind a mapped arena are
// inaccessible, and part of the process's address space.
func TestGuards(t *testing.T) {
	for _, c := range []Config{{Size: 10_000, Shared: true}, {Size: 3 << 20, Huge: true, Shared: true}} {
		a, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		from := addressOf(a.Bytes())
		to := from + uintptr(len(a.Bytes()))
		before, behind := permissions(t, from-1), permissions(t, to)
		if before != "---p" || behind != "---p" || permissions(t, from) != "rw-s" {
			t.Errorf("%+v: around the arena %q and %q, inside %q", c, before, behind, permissions(t, from))
		}
		a.Close()
		if p := permissions(t, from); p == "rw-s" {
			t.Errorf("%+v: still mapped after Close", c)
		}
	}
}

// permissions reads what /proc/self/maps says of an address, "" if unmapped.
func permissions(t *testing.T, address uintptr) string {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		var mode string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); n == 3 && from <= address && address < to {
			return mode
		}
	}
	return ""
}

// refusing is a kernel that fails one call.
func refusing(change func(k *kernel)) *kernel {
	k := system
	change(&k)
	return &k
}

var errRefused = errors.New("refused")

func TestKernelRefuses(t *testing.T) {
	fds := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(entries)
	}
	before := fds()
	for name, change := range map[string]func(k *kernel){
		"reserve":  func(k *kernel) { k.reserve = func(int) ([]byte, error) { return nil, errRefused } },
		"place":    func(k *kernel) { k.place = func([]byte, int) error { return errRefused } },
		"memfd":    func(k *kernel) { k.memfd = func(string) (int, error) { return -1, errRefused } },
		"truncate": func(k *kernel) { k.truncate = func(int, int64) error { return errRefused } },
		"seal":     func(k *kernel) { k.seal = func(int) error { return errRefused } },
		"populate": func(k *kernel) {
			k.advise = func(b []byte, advice int) error {
				if advice == unix.MADV_POPULATE_WRITE {
					return errRefused
				}
				return nil
			}
		},
	} {
		_, err := refusing(change).create(&Config{Size: 1 << 16, Shared: true, Name: "named"})
		if !errors.Is(err, errRefused) || !strings.Contains(err.Error(), "named") {
			t.Errorf("%s refused: %v", name, err)
		}
	}
	if after := fds(); after != before {
		t.Errorf("%d descriptors before, %d after failures", before, after)
	}
}

// TestFallbacks: a refused lock or huge page is no error, and Granted reports it.
func TestFallbacks(t *testing.T) {
	k := refusing(func(k *kernel) {
		k.lock = func([]byte) error { return unix.ENOMEM }
		k.advise = func([]byte, int) error { return unix.EINVAL } // as before Linux 5.14, without huge pages
	})
	a, err := k.create(&Config{Size: 1 << 16, Shared: true, Huge: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	g := a.Granted()
	var lock *LockError
	if a.Locked() || !errors.As(g.LockErr, &lock) || lock.Bytes != 2<<20 || !errors.Is(lock, unix.ENOMEM) {
		t.Errorf("lock: %+v", g)
	}
	if g.Huge || !errors.Is(g.HugeErr, unix.EINVAL) || !g.Mapped {
		t.Errorf("huge pages: %+v", g)
	}
	a.Bytes()[len(a.Bytes())-1] = 1
}

// TestResident: after New no page is left to fault in.
func TestResident(t *testing.T) {
	a, err := New(Config{Size: 4 << 20, Shared: true, NoLock: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if n := residentPages(t, a.Bytes()); n != len(a.Bytes())/unix.Getpagesize() {
		t.Errorf("%d of %d pages are resident", n, len(a.Bytes())/unix.Getpagesize())
	}
}
