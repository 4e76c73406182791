package jackd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/memkit-go/memkit/internal/soundserver"
)

// ErrMissing says that no JACK server is installed.
var ErrMissing = errors.New("jackd: not installed; on Debian and Ubuntu: make deps, or apt-get install jackd2")

// Config says what server to run.
type Config = soundserver.Config

// Server is a running JACK server. Its methods may be called from any goroutine, but
// Stop and Restart by one at a time.
type Server struct {
	*soundserver.Process
	name   string
	config Config
	// followed: another server has taken its name over.
	followed bool
}

// clientTimeout in ms: the server gives an activation ten times that, and without it 20
// periods, which a loaded machine exceeds. A cycle does not wait for it.
const clientTimeout = "2000"

// namePrefix begins the names of this package's servers.
const namePrefix = "memkit-"

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
// ends with Stop, and with this process. Where killed programs have left what keeps
// every server from starting, the error says what it is and how to remove it.
func Start(ctx context.Context, c Config) (*Server, error) {
	c, err := c.Complete()
	if err != nil {
		return nil, fmt.Errorf("jackd: %w", err)
	}
	if err := Installed(); err != nil {
		return nil, err
	}
	return start(ctx, newName(), c)
}

func start(ctx context.Context, name string, c Config) (*Server, error) {
	cmd := exec.Command("jackd", "--no-mlock", "--name", name, "--timeout", clientTimeout,
		"--realtime", fmt.Sprintf("-P%d", c.Priority),
		"-d", "dummy", "-r", strconv.Itoa(c.Rate), "-p", strconv.Itoa(c.Frames))
	found := inspectDatabase()
	var started atomic.Bool
	p, err := soundserver.Start(ctx, soundserver.Launch{
		Cmd: cmd, Socket: socketOf(name), Hung: hung(cmd),
		Ended: func(err error) {
			removeLeftovers(name)
			// A database that kept the server from starting is not ours to remove.
			if err != nil && (started.Load() || !found.Present) {
				removeDatabase(found.Path)
			}
		},
	})
	if err != nil {
		if full := inspectRegistry().Full(); full != nil {
			err = full
		}
		return nil, fmt.Errorf("jackd: %w", err)
	}
	started.Store(true)
	return &Server{Process: p, name: name, config: c}, nil
}

// Restart runs a server of the same name and config in the place of one that has
// ended.
func (s *Server) Restart(ctx context.Context) (*Server, error) {
	select {
	case <-s.Ended():
		again, err := start(ctx, s.name, s.config)
		s.followed = s.followed || err == nil
		return again, err
	default:
		return nil, fmt.Errorf("jackd: server %s still runs; Stop or Kill it before Restart", s.name)
	}
}

// Stop asks the server to end, and kills it when it does not. It returns when it
// is gone and the machine is as it was: JACK counts eight servers, and one that was
// killed as one of them until another of its name has ended well.
func (s *Server) Stop() error {
	if err := s.Process.Stop(); err != nil || s.Err() == nil || s.followed {
		return err
	}
	replacement, err := s.Restart(context.Background())
	if err != nil {
		return err
	}
	return replacement.Process.Stop()
}

// Name is the server's name, for a client's JACK_DEFAULT_SERVER.
func (s *Server) Name() string { return s.name }

// Env is the environment that sends a process's JACK clients here.
func (s *Server) Env() []string { return []string{"JACK_DEFAULT_SERVER=" + s.name} }

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
