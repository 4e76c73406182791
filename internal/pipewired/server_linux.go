package pipewired

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/memkit-go/memkit/internal/soundserver"
)

// ErrMissing says that PipeWire or its libjack is not installed.
var ErrMissing = errors.New("pipewired: not installed; on Debian and Ubuntu: make deps, or apt-get install pipewire pipewire-jack")

// socketName is the server's, within its directory.
const socketName = "memkit"

// Server is a running PipeWire server. Its methods may be called from any goroutine.
type Server struct {
	*soundserver.Process
	dir string
}

// Installed returns nil where a server can be started, else [ErrMissing].
func Installed() error {
	if _, err := exec.LookPath("pipewire"); err != nil || library() == "" {
		return ErrMissing
	}
	return nil
}

// Start runs a server and returns once clients can connect to it. The server
// ends with Stop, and with this process.
func Start(ctx context.Context, c Config) (*Server, error) {
	c, err := c.Complete()
	if err != nil {
		return nil, fmt.Errorf("pipewired: %w", err)
	}
	if err := Installed(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "memkit-pipewire-*")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := s.configure(c); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	cmd := exec.Command("pipewire")
	cmd.Env = append(os.Environ(), s.Env()...)
	s.Process, err = soundserver.Start(ctx, soundserver.Launch{
		Cmd: cmd, Socket: filepath.Join(dir, socketName), Ended: func(error) { _ = os.RemoveAll(dir) },
	})
	if err != nil {
		return nil, fmt.Errorf("pipewired: %w", err)
	}
	return s, nil
}

// configure writes what the server and its clients read.
func (s *Server) configure(c Config) error {
	n := named{c, socketName}
	return errors.Join(
		os.WriteFile(filepath.Join(s.dir, "pipewire.conf"), n.text(serverText), 0o600),
		os.WriteFile(filepath.Join(s.dir, "jack.conf"), n.text(clientText), 0o600))
}

// Name is the server's name, which is unique only together with Env.
func (s *Server) Name() string { return socketName }

// Env is the environment that sends a process's JACK clients here.
func (s *Server) Env() []string {
	return []string{
		libraryPath + "=" + withLibrary(os.Getenv(libraryPath)),
		"PIPEWIRE_RUNTIME_DIR=" + s.dir,
		"PIPEWIRE_CONFIG_DIR=" + s.dir,
		"PIPEWIRE_REMOTE=" + socketName,
	}
}
