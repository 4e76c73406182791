package jackd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrMissing says that no JACK server is installed.
var ErrMissing = errors.New("jackd: not installed; on Debian and Ubuntu: make deps, or apt-get install jackd2")

const (
	// startLimit is how long a server may take to accept clients. It takes 50 ms.
	startLimit = 10 * time.Second
	// stopLimit is how long one that was asked to end may take before it is
	// killed.
	stopLimit = 3 * time.Second
	poll      = 5 * time.Millisecond
)

// Server is a running JACK server. Its methods may be called from any goroutine.
type Server struct {
	name   string
	config Config
	cmd    *exec.Cmd
	words  output
	ended  chan struct{}
	err    error // of the process; read after ended

	// registered: it has ended without giving up its place among the machine's
	// servers, and no other has taken that over.
	registered bool
}

// serial tells apart the servers that one process starts.
var serial atomic.Int64

// Installed returns nil where a server can be started, else [ErrMissing].
func Installed() error {
	if _, err := exec.LookPath("jackd"); err != nil {
		return ErrMissing
	}
	return nil
}

// Start runs a server and returns once clients can connect to it. The server
// ends with [Server.Stop], and with this process.
func Start(ctx context.Context, c Config) (*Server, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	if err := Installed(); err != nil {
		return nil, err
	}
	return start(ctx, fmt.Sprintf("memkit-%d-%d", os.Getpid(), serial.Add(1)), c)
}

func start(ctx context.Context, name string, c Config) (*Server, error) {
	s := &Server{name: name, config: c, ended: make(chan struct{})}
	s.cmd = exec.Command("jackd", "--no-mlock", "--name", name,
		"--realtime", fmt.Sprintf("-P%d", c.Priority),
		"-d", "dummy", "-r", strconv.Itoa(c.Rate), "-p", strconv.Itoa(c.Frames))
	s.cmd.Stdout, s.cmd.Stderr = &s.words, &s.words
	// A process group of its own keeps a terminal's Ctrl-C from ending it first.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := s.launch(); err != nil {
		return nil, err
	}
	if err := s.ready(ctx, socketOf(name)); err != nil {
		return nil, errors.Join(err, s.Kill())
	}
	return s, nil
}

// Restart runs a server of the same name and config in the place of one that has
// ended.
func (s *Server) Restart(ctx context.Context) (*Server, error) {
	select {
	case <-s.ended:
		again, err := start(ctx, s.name, s.config)
		if err == nil {
			s.registered = false
		}
		return again, err
	default:
		return nil, fmt.Errorf("jackd: server %s still runs; Stop or Kill it before Restart", s.name)
	}
}

// launch starts the process from a thread that lives as long as it does: the
// kernel sends a parent's death signal when the thread that forked ends.
func (s *Server) launch() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		s.err = s.cmd.Wait()
		s.registered = s.err != nil
		removeLeftovers(s.name)
		close(s.ended)
	}()
	return <-started
}

// ready waits for the socket at which the server accepts clients.
func (s *Server) ready(ctx context.Context, socket string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("no socket %s after %v", socket, startLimit))
	defer cancel()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		if _, err := os.Stat(socket); err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("jackd: ended before it accepted clients: %v\n%s", s.err, s.words.String())
		case <-ctx.Done():
			return fmt.Errorf("jackd: %w\n%s", context.Cause(ctx), s.words.String())
		case <-ticker.C:
		}
	}
}

// Name is the server's name, for a client's JACK_DEFAULT_SERVER.
func (s *Server) Name() string { return s.name }

// Env is the environment entry that sends a process's JACK clients here.
func (s *Server) Env() string { return "JACK_DEFAULT_SERVER=" + s.name }

// PID is the server's process id.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Ended is closed when the server has ended, for whatever reason.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// Output is what the server has printed so far.
func (s *Server) Output() string { return s.words.String() }

// Kill ends the server as a crash would and returns when it is gone.
func (s *Server) Kill() error {
	err := s.cmd.Process.Kill()
	<-s.ended
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Stop asks the server to end, and kills it when it does not. It returns when it
// is gone and the machine is as it was: JACK counts eight servers, and one that was
// killed as one of them until another of its name has ended well.
func (s *Server) Stop() error {
	if err := s.end(); err != nil || !s.registered {
		return err
	}
	heir, err := s.Restart(context.Background())
	if err != nil {
		return err
	}
	return heir.end()
}

// end asks the server to end, and kills it when it does not.
func (s *Server) end() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(stopLimit):
		return s.Kill()
	}
}

// RealTime is the highest SCHED_FIFO priority of the server's threads, 0 when
// none has a real-time policy.
func (s *Server) RealTime() (priority int, err error) {
	stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", s.PID()))
	if err != nil {
		return 0, err
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a thread that has ended meanwhile
		}
		if err != nil {
			return 0, err
		}
		priority = max(priority, realTimePriority(text))
	}
	return priority, nil
}

// realTimePriority reads field 40 of a stat line (proc_pid_stat(5)); the name in
// field 2 may contain blanks, so fields count from its closing bracket.
func realTimePriority(stat []byte) int {
	after := stat[bytes.LastIndexByte(stat, ')')+1:]
	fields := bytes.Fields(after)
	const rtPriority = 40 - 3
	if len(fields) <= rtPriority {
		return 0
	}
	p, err := strconv.Atoi(string(fields[rtPriority]))
	if err != nil {
		return 0
	}
	return p
}

// tmpdir finds where the server was built to put its sockets in the version that
// it prints: "jackdmp version 1.9.21 tmpdir /dev/shm protocol 9".
var tmpdir = regexp.MustCompile(`tmpdir (\S+)`)

var sockets = sync.OnceValue(func() string {
	version, _ := exec.Command("jackd", "--version").Output()
	if m := tmpdir.FindSubmatch(version); m != nil {
		return string(m[1])
	}
	return "/dev/shm"
})

func socketOf(name string) string {
	return filepath.Join(sockets(), fmt.Sprintf("jack_%s_%d_0", name, os.Getuid()))
}

// removeLeftovers removes what a killed server of ours leaves behind: the socket,
// which would look like the next one's, and the semaphores.
func removeLeftovers(name string) {
	left, _ := filepath.Glob(filepath.Join(sockets(), fmt.Sprintf("jack_sem.%d_%s_*", os.Getuid(), name)))
	for _, path := range append(left, socketOf(name)) {
		_ = os.Remove(path)
	}
}

// output keeps the last of what the server prints.
type output struct {
	mu   sync.Mutex
	text []byte
}

const outputSize = 8 << 10

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	if over := len(o.text) - outputSize; over > 0 {
		o.text = append(o.text[:0], o.text[over:]...)
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(string(o.text))
}
