package pipewired

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const entersItself = "MEMKIT_TEST_ENTERS"

// TestMain is also a program that enters.
func TestMain(m *testing.M) {
	if os.Getenv(entersItself) == "" {
		os.Exit(m.Run())
	}
	if err := Enter(); err != nil {
		os.Stdout.WriteString(err.Error())
		os.Exit(1)
	}
	os.Exit(0)
}

func startServer(t *testing.T) *Server {
	t.Helper()
	if err := Installed(); err != nil {
		t.Skip(err)
	}
	s, err := Start(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestServerStartsAndEnds(t *testing.T) {
	s, other := startServer(t), startServer(t)
	if s.dir == other.dir {
		t.Errorf("two servers in %s", s.dir)
	}
	if _, err := s.RealTime(); err != nil {
		t.Error(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(s.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the process is still there: %v", err)
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", s.dir, err)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("Stop of a server that has ended: %v", err)
	}
	select {
	case <-other.Ended():
		t.Errorf("the other server has ended too:\n%s", other.Output())
	default:
	}
}

func TestStartRefuses(t *testing.T) {
	if _, err := Start(t.Context(), Config{Frames: 65}); err == nil || !strings.Contains(err.Error(), "pipewired: Config.Frames 65") {
		t.Errorf("error %v does not name the field", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Start(t.Context(), Config{}); !errors.Is(err, ErrMissing) {
		t.Errorf("without pipewire: %v, want %v", err, ErrMissing)
	}
}

// TestStartFails: what PipeWire cannot do is an error with its words, and leaves
// nothing behind.
func TestStartFails(t *testing.T) {
	if err := Installed(); err != nil {
		t.Skip(err)
	}
	// A socket's path may have 107 bytes.
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	if _, err := Start(t.Context(), Config{}); err == nil || !strings.Contains(err.Error(), "pipewired: ended before it accepted clients") {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestWithLibrary(t *testing.T) {
	dir := library()
	if dir == "" {
		t.Skip(ErrMissing)
	}
	for path, want := range map[string]string{
		"":                dir,
		dir:               dir,
		"/opt/lib":        dir + ":/opt/lib",
		dir + ":/opt/lib": dir + ":/opt/lib",
	} {
		if got := withLibrary(path); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

// TestEnterOnce: a program that takes no libjack from where it is told to is started
// again once, and says so.
func TestEnterOnce(t *testing.T) {
	if err := Installed(); err != nil {
		t.Skip(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), entersItself+"=1")
	words, err := cmd.Output()
	if err == nil || string(words) != errIgnored.Error() {
		t.Errorf("%q, %v; want %v", words, err, errIgnored)
	}
}
