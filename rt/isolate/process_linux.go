package isolate

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/internal/machine"
)

// hostSpawner is the running kernel.
var hostSpawner = spawner{
	os:          runtime.GOOS,
	sys:         &machine.Host,
	memory:      newSharedMemory,
	pipe:        os.Pipe,
	openSignals: openSignals,
	launch:      launch,
}

// newSharedMemory is a memfd whose size can never change, so that no access of
// either side meets its end.
func newSharedMemory(name string, bytes int) ([]byte, *os.File, func() error, error) {
	a, err := arena.New(arena.Config{Size: bytes, Name: name, Shared: true, NoLock: true})
	if err != nil {
		return nil, nil, nil, err
	}
	if _, err := unix.FcntlInt(uintptr(a.FD()), unix.F_ADD_SEALS, unix.F_SEAL_SEAL); err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("sealing the memfd's seals: %w", err), a.Close())
	}
	fd, err := unix.FcntlInt(uintptr(a.FD()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("duplicating the memfd: %w", err), a.Close())
	}
	f := os.NewFile(uintptr(fd), name)
	return a.Bytes(), f, func() error { return errors.Join(f.Close(), a.Close()) }, nil
}

// openSignals lets the calling thread have all signals.
func openSignals() (restore func() error, err error) {
	var none, before unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &none, &before); err != nil {
		return nil, err
	}
	return func() error { return unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil) }, nil
}

// launch starts this program's own executable. The name in /proc keeps to the
// file that runs now, whatever is built over it meanwhile.
func launch(argv []string, attr *os.ProcAttr) (childProcess, error) {
	attr.Sys = &syscall.SysProcAttr{Setpgid: true}
	p, err := os.StartProcess("/proc/self/exe", argv, attr)
	if err != nil {
		return childProcess{}, fmt.Errorf("isolate: starting the process: %w", err)
	}
	return childProcess{
		pid:       p.Pid,
		await:     func() error { return awaitEnd(p.Pid) },
		stopGroup: func() { stopGroup(p.Pid) },
		killGroup: func() error { return unix.Kill(-p.Pid, unix.SIGKILL) },
		reap: func() (int, syscall.Signal, error) {
			state, err := p.Wait()
			if err != nil {
				return -1, 0, err
			}
			status := state.Sys().(syscall.WaitStatus)
			if status.Signaled() {
				return -1, status.Signal(), nil
			}
			return state.ExitCode(), 0, nil
		},
	}, nil
}

const (
	// stopWithin bounds the wait for the child's threads to stop. They do so within
	// microseconds, but for one that the kernel cannot interrupt.
	stopWithin = 20 * time.Millisecond
	stopLook   = 200 * time.Microsecond
)

// stopGroup stops a process group, and returns when the kernel reports that all threads
// of its leader have stopped, or after stopWithin.
func stopGroup(pid int) {
	if unix.Kill(-pid, unix.SIGSTOP) != nil {
		return
	}
	for range stopWithin / stopLook {
		var state unix.Siginfo
		err := unix.Waitid(unix.P_PID, pid, &state, unix.WSTOPPED|unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		if err != nil && !errors.Is(err, unix.EINTR) || state.Signo != 0 {
			return
		}
		time.Sleep(stopLook)
	}
}

// awaitEnd waits until a child of this process has ended and leaves its status.
func awaitEnd(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// The descriptors that a child inherits.
const (
	memoryFD = 3 + iota
	lifelineFD
	reportsFD
)

// seals are those of the memory that a parent shares with its child.
const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL

// inherit takes what a child inherits; ok is false when this process is none: it
// has got the environment of one, and not the sealed memory.
func inherit() (in *inherited, ok bool) {
	sealed, err := unix.FcntlInt(memoryFD, unix.F_GET_SEALS, 0)
	if err != nil || sealed&seals != seals {
		return nil, false
	}
	for _, fd := range []int{memoryFD, lifelineFD, reportsFD} {
		unix.CloseOnExec(fd)
	}
	signal.Ignore(unix.SIGPIPE) // the parent's end is found out by the lifeline
	return &inherited{
		memory: func() (*sharedMemory, error) {
			a, err := arena.Attach(memoryFD, arena.Config{Name: "isolate"})
			if err != nil {
				return nil, err
			}
			unix.Close(memoryFD)
			return viewMemory(a.Bytes())
		},
		lifeline: os.NewFile(lifelineFD, "lifeline"),
		reports:  os.NewFile(reportsFD, "reports"),
		reset:    resetThreads,
		setup:    rt.Setup,
		parent:   os.Getppid,
		exit:     os.Exit,
	}, true
}

// resetThreads takes a real-time policy away that the process was born with. Its
// CPUs and signal mask are in order: the thread that it was forked from had been
// cleaned, and a mask cannot be changed from outside.
func resetThreads(sys *machine.System) error {
	s, err := sys.Scheduling(0)
	if err != nil || s.Policy == 0 {
		return err
	}
	tids, err := sys.Threads()
	if err != nil {
		return err
	}
	for _, tid := range tids {
		if err := sys.SetScheduling(tid, machine.Scheduling{}); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("isolate: giving thread %d an ordinary policy: %w", tid, err)
		}
	}
	return nil
}
