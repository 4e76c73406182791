package campaign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/memkit-go/memkit/rt/record"
)

// setUpLimit is what a process may take beyond the time it measures: locking
// memory, warming up, encoding. A process that takes longer hangs.
const setUpLimit = time.Minute

// SelfExec launches this very binary again, with its hidden measuring command,
// which writes a run file to its standard output.
type SelfExec struct {
	// Path of the binary; empty means the running one, even when the file has
	// been replaced since.
	Path string
	// Args come before the job's own arguments: the command's name.
	Args []string
}

// Launch implements [Launcher].
func (s *SelfExec) Launch(ctx context.Context, job Job) ([]record.Series, error) {
	path, err := s.path()
	if err != nil {
		return nil, err
	}
	argv := append([]string{path}, s.Args...)
	argv = append(argv,
		"--bench="+job.Bench.Name,
		"--duration="+job.Params.Duration.String(),
		"--seed="+strconv.FormatUint(job.Params.Seed, 10))
	p, stdout, err := start(ctx, "", argv, job.Params.Duration+setUpLimit)
	if err != nil {
		return nil, err
	}
	run, readErr := record.Read(stdout)
	if readErr != nil {
		// The result is not read further: unblock a child that still writes.
		_, _ = io.Copy(io.Discard, stdout)
	}
	if err := p.Wait(); err != nil {
		return nil, p.failure(causeOf(ctx, err))
	}
	if readErr != nil {
		return nil, p.failure(fmt.Errorf("its result: %w", readErr))
	}
	return run.Series, nil
}

func (s *SelfExec) path() (string, error) {
	if s.Path != "" {
		return s.Path, nil
	}
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// causeOf prefers why ctx ended to how the process took it.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return cause
	}
	return err
}
