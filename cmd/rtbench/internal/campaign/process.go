package campaign

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/supervise"
)

// enoughGrace is how long a program that has printed enough may take to end before
// it is killed. Only tests change it.
var enoughGrace = 5 * time.Second

// process is one fresh child under a supervisor.
type process struct {
	supervise.Started
	stderr tail
}

// start begins argv in dir, which may be empty, and ends it limit later; 0 means never.
// The child's standard input stays open as long as this process lives, and its
// environment has the extra variables.
func start(ctx context.Context, dir string, argv []string, limit time.Duration, extra ...string) (*process, io.Reader, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	p := &process{}
	cmd.Stderr = &p.stderr
	cmd.Env = append(childEnvironment(os.Environ()), extra...)
	if _, err := cmd.StdinPipe(); err != nil {
		return nil, nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	started, err := supervise.Start(cmd, limit)
	if err != nil {
		return nil, nil, err
	}
	p.Started = started
	return p, stdout, nil
}

// childEnvironment lets a child load libraries that need much thread-local storage,
// as jemalloc does: by default glibc keeps room for 512 bytes for libraries that are loaded late.
func childEnvironment(own []string) []string {
	const name = "GLIBC_TUNABLES="
	for _, v := range own {
		if strings.HasPrefix(v, name) {
			return own // the user's choice
		}
	}
	return append(slices.Clip(own), name+"glibc.rtld.optional_static_tls=8192")
}

// failure adds the end of the process's standard error to err.
func (p *process) failure(err error) error {
	if text := p.stderr.String(); text != "" {
		return fmt.Errorf("%w\n%s", err, indent(text))
	}
	return err
}

func indent(text string) string {
	return "  | " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  | ")
}
