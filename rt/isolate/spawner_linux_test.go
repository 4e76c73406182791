package isolate

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"golang.org/x/sys/unix"
)

func openFDs(t *testing.T) (fds []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && !strings.HasPrefix(to, "/proc/") {
			fds = append(fds, e.Name()+" "+to)
		}
	}
	return fds
}

// TestIsolateRefusals: whatever the kernel refuses comes back as it is, and
// nothing stays open.
func TestIsolateRefusals(t *testing.T) {
	play(t, "nothing", Config{}).Close() // opens what the runtime keeps open
	before := openFDs(t)
	refuse := func(name string, err error, change func(*spawner)) {
		t.Helper()
		s := hostSpawner
		change(&s)
		if _, got := s.start(t.Context(), playEntry, Config{Args: []string{"nothing"}}); !errors.Is(got, err) {
			t.Errorf("%s: %v, want %v", name, got, err)
		}
		if after := openFDs(t); !slices.Equal(after, before) {
			t.Errorf("%s: open descriptors %v, were %v", name, after, before)
		}
	}
	refuse("memory", syscall.ENOMEM, func(s *spawner) {
		s.memory = func(string, int) ([]byte, *os.File, func() error, error) { return nil, nil, nil, syscall.ENOMEM }
	})
	for n := range 4 {
		refuse(fmt.Sprintf("pipe %d", n), syscall.EMFILE, func(s *spawner) {
			s.pipe = func() (*os.File, *os.File, error) {
				if n--; n < 0 {
					return nil, nil, syscall.EMFILE
				}
				return os.Pipe()
			}
		})
	}
	refuse("process", syscall.EAGAIN, func(s *spawner) {
		s.launch = func([]string, *os.ProcAttr) (childProcess, error) { return childProcess{}, syscall.EAGAIN }
	})
	refuse("signals", syscall.EINVAL, func(s *spawner) {
		s.openSignals = func() (func() error, error) { return nil, syscall.EINVAL }
	})
	refuse("scheduling", syscall.EPERM, func(s *spawner) {
		sys := machine.Host
		sys.Scheduling = func(int) (machine.Scheduling, error) { return machine.Scheduling{}, syscall.EPERM }
		s.sys = &sys
	})
}

// TestIsolateStatusThatSomebodyElseTook: a program that reaps all its children
// takes the status away, which is no success.
func TestIsolateStatusThatSomebodyElseTook(t *testing.T) {
	s := hostSpawner
	s.launch = func(argv []string, attr *os.ProcAttr) (childProcess, error) {
		p, err := launch(argv, attr)
		reap := p.reap
		p.reap = func() (int, syscall.Signal, error) {
			reap()
			return -1, 0, syscall.ECHILD
		}
		return p, err
	}
	i, err := s.start(t.Context(), playEntry, Config{Args: []string{"nothing"}, FirstBeat: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if err := i.Wait(); !errors.Is(err, syscall.ECHILD) {
		t.Errorf("Wait: %v, want ECHILD", err)
	}
}

// TestIsolateRefusesAForeignTable: a child does not run over memory that is not
// laid out as its program says.
func TestIsolateRefusesAForeignTable(t *testing.T) {
	s := hostSpawner
	s.launch = func(argv []string, attr *os.ProcAttr) (childProcess, error) {
		var b [1]byte
		if _, err := attr.Files[memoryFD].ReadAt(b[:], 24); err != nil {
			t.Error(err)
		}
		b[0] ^= 0xff
		if _, err := attr.Files[memoryFD].WriteAt(b[:], 24); err != nil {
			t.Error(err)
		}
		return launch(argv, attr)
	}
	_, err := s.start(t.Context(), playEntry, Config{Args: []string{"nothing"}, FirstBeat: -1})
	var e *ExitError
	if !errors.As(err, &e) || e.Code != exitFailed || !strings.Contains(err.Error(), "digest") || errors.Is(err, ErrNoMain) {
		t.Errorf("Start: %v, want the digest's mismatch", err)
	}
}

// TestIsolateMemoryIsSealed: no process can make an access of the other side fail.
func TestIsolateMemoryIsSealed(t *testing.T) {
	_, fd, release, err := newSharedMemory("test", 100_000)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for name, change := range map[string]func() error{
		"shrink": func() error { return fd.Truncate(4096) },
		"grow":   func() error { return fd.Truncate(1 << 20) },
		"seal": func() error {
			_, err := unix.FcntlInt(fd.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE)
			return err
		},
	} {
		if err := change(); !errors.Is(err, syscall.EPERM) {
			t.Errorf("%s: %v, want EPERM", name, err)
		}
	}
}

// TestIsolateCleansItsThread: what a child would inherit is put right before the
// launch, and back after it, on a virtual kernel.
func TestIsolateCleansItsThread(t *testing.T) {
	for _, fail := range []bool{false, true} {
		k := newThreadKernel(t)
		k.policy = machine.Scheduling{Policy: machine.SchedFIFO, Priority: 7}
		k.blocked = true
		before := *k
		s := spawner{sys: k.system(), openSignals: func() (func() error, error) {
			k.blocked = false
			return func() error { k.blocked = true; return nil }, nil
		}}
		s.launch = func([]string, *os.ProcAttr) (childProcess, error) {
			if k.policy.Policy != 0 || k.blocked {
				t.Errorf("launched with policy %+v, signals blocked %v", k.policy, k.blocked)
			}
			if fail {
				return childProcess{}, syscall.ENOMEM
			}
			return childProcess{pid: 5}, nil
		}
		p, err := s.launchClean(nil, &os.ProcAttr{})
		if fail != errors.Is(err, syscall.ENOMEM) || !fail && p.pid != 5 {
			t.Errorf("launched %+v, %v", p, err)
		}
		k.unchanged(before)
	}
}

func TestIsolateChildDropsAnInheritedPolicy(t *testing.T) {
	k := newThreadKernel(t)
	k.policy = machine.Scheduling{Policy: machine.SchedFIFO, Priority: 7}
	if err := resetThreads(k.system()); err != nil || k.policy.Policy != 0 {
		t.Errorf("error %v, policy %+v", err, k.policy)
	}
	k = newThreadKernel(t)
	k.policy = machine.Scheduling{Policy: machine.SchedFIFO, Priority: 7}
	k.refused = syscall.EPERM
	if err := resetThreads(k.system()); !errors.Is(err, syscall.EPERM) {
		t.Errorf("error %v, want EPERM", err)
	}
}

func TestIsolateEnvironment(t *testing.T) {
	t.Setenv("GOGC", "50")
	t.Setenv("GOMEMLIMIT", "1GiB")
	t.Setenv("GOMAXPROCS", "1")
	t.Setenv("MEMKIT_OTHER", "stays")
	s := spawner{sys: newThreadKernel(t).system()}
	env := s.environment(Config{Process: rt.ProcessConfig{Loops: 2}})
	for _, want := range []string{"GOGC=off", "GOMEMLIMIT=off", "GOMAXPROCS=5", marker + "=1", "MEMKIT_OTHER=stays"} {
		name, _, _ := strings.Cut(want, "=")
		var got []string
		for _, v := range env {
			if strings.HasPrefix(v, name+"=") {
				got = append(got, v)
			}
		}
		if len(got) != 1 || got[0] != want {
			t.Errorf("environment has %v, want %s", got, want)
		}
	}
}
