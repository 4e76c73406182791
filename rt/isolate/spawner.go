package isolate

import (
	"fmt"
	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// spawner is every call through which an isolate reaches the kernel, so that
// tests run against one that refuses what they choose. The operating system's
// is hostSpawner.
type spawner struct {
	os  string
	sys *machine.System

	memory      func(name string, bytes int) (shared []byte, fd *os.File, release func() error, err error)
	pipe        func() (r, w *os.File, err error)
	openSignals func() (restore func() error, err error)
	launch      func(argv []string, attr *os.ProcAttr) (childProcess, error)
}

// childProcess is a process that was launched. While await has not been followed
// by reap, its number is its own.
type childProcess struct {
	pid       int
	await     func() error // until it has ended
	stopGroup func()       // returns when it has stopped
	killGroup func() error
	reap      func() (code int, signal syscall.Signal, err error)
}

// share makes the memory of an isolate of processes.
func (s *spawner) share(i *Isolate) (m *sharedMemory, fd *os.File, err error) {
	if s.memory == nil {
		return nil, nil, fmt.Errorf("isolate: a process on %s: %w; set Config.InProcess", s.os, rt.ErrUnsupported)
	}
	declared := declarations(i.cfg.Channels)
	t := layOut(declared, cellBytes)
	bytes, fd, release, err := s.memory("isolate "+i.entry.name, int(t.bytes))
	if err != nil {
		return nil, nil, errkind.Wrapf(err, "arena", "isolate: shared memory of %d bytes", t.bytes)
	}
	m, err = prepareMemory(bytes, t, declared)
	if err != nil {
		release()
		return nil, nil, err
	}
	m.unmap = release
	return m, fd, nil
}

// launchClean launches a process from an ordinary thread: a child inherits the
// policy, the CPUs and the signal mask of the thread that starts it, and the
// caller's may be a real-time loop's.
func (s *spawner) launchClean(argv []string, attr *os.ProcAttr) (p childProcess, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.sys.LockThread()
		var l machine.UndoLog
		if err = s.clean(&l); err == nil {
			p, err = s.launch(argv, attr)
		}
		if l.Undo() == nil {
			s.sys.UnlockThread()
		}
	}()
	<-done
	return p, err
}

// clean gives the calling thread what a child is to inherit.
func (s *spawner) clean(l *machine.UndoLog) error {
	before, err := s.sys.Scheduling(0)
	if err != nil {
		return fmt.Errorf("isolate: reading the thread's policy: %w", err)
	}
	if before.Policy != 0 {
		if err := s.sys.SetScheduling(0, machine.Scheduling{}); err != nil {
			return fmt.Errorf("isolate: giving the thread an ordinary policy: %w", err)
		}
		l.Add(func() error { return s.sys.SetScheduling(0, before) })
	}
	restore, err := s.openSignals()
	if err != nil {
		return fmt.Errorf("isolate: clearing the signal mask: %w", err)
	}
	l.Add(restore)
	p := rt.Current()
	if p == nil || len(p.LoopCPUs()) == 0 {
		return nil
	}
	confined, err := s.sys.Affinity(0)
	if err != nil {
		return fmt.Errorf("isolate: reading the thread's affinity: %w", err)
	}
	if err := s.sys.SetAffinity(0, p.AllowedCPUs()); err != nil {
		return fmt.Errorf("isolate: allowing the thread on all CPUs of the process: %w", err)
	}
	l.Add(func() error { return s.sys.SetAffinity(0, confined) })
	return nil
}

// environment is the child's: the parent's, with a collector that is off from
// the first instruction on and a P for each CPU and loop, which later would cost
// a stop-the-world.
func (s *spawner) environment(c Config) []string {
	env := []string{marker + "=1", "GOGC=off", "GOMEMLIMIT=off"}
	if n := s.procs(c); n > 0 {
		env = append(env, "GOMAXPROCS="+strconv.Itoa(n))
	}
	for _, variable := range os.Environ() {
		switch name, _, _ := strings.Cut(variable, "="); name {
		case marker, "GOGC", "GOMEMLIMIT", "GOMAXPROCS":
		default:
			env = append(env, variable)
		}
	}
	return env
}

func (s *spawner) procs(c Config) int {
	if p := rt.Current(); p != nil && len(p.AllowedCPUs()) > 0 {
		return c.Process.Procs(len(p.AllowedCPUs()))
	}
	cpus, err := s.sys.Affinity(0)
	if err != nil {
		return 0
	}
	return c.Process.Procs(len(cpus))
}
