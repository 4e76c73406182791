package rttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/memkit-go/memkit/rt/record"
)

// launch runs a job in a fresh process and returns what it measured.
func launch(j job, limit time.Duration) (*record.Run, error) {
	dir, err := os.MkdirTemp("", "rttest-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	j.Parent, j.Result = os.Getpid(), filepath.Join(dir, "run")
	output, err := j.start(limit)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, output)
	}
	f, err := os.Open(j.Result)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("did not come to call %d of Verify in %s; do what it depends on in every process\n%s", j.Call, j.Test, output)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	run, err := record.Read(f)
	if err != nil {
		return nil, err
	}
	if len(run.Series) != 1 {
		return nil, fmt.Errorf("measured %d series; want one", len(run.Series))
	}
	return run, nil
}

// start runs this test binary for the job's test alone and waits for its end.
func (j job) start(limit time.Duration) (output string, err error) {
	text, err := json.Marshal(j)
	if err != nil {
		return "", err
	}
	self, err := executable()
	if err != nil {
		return "", err
	}
	late := fmt.Errorf("is still running after %v", limit)
	ctx, cancel := context.WithTimeoutCause(context.Background(), limit, late)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, arguments(j.Test, os.Args[1:], shortTest())...)
	// The race detector sleeps for a second before a process ends.
	cmd.Env = append(os.Environ(), environment+"="+string(text), "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	cmd.WaitDelay = time.Second
	said := new(head)
	cmd.Stdout, cmd.Stderr = said, said
	// The pipe's end tells the process that we are gone.
	alive, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	defer alive.Close()
	err = cmd.Run()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return said.String(), err
}

// executable is the running binary, even when its file has been replaced.
func executable() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// arguments are those of a process that runs one test, once. The user's own flags
// stay; go test's would write profiles over the parent's.
func arguments(test string, given []string, short bool) []string {
	parts := strings.Split(test, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	args := []string{"-test.run=" + strings.Join(parts, "/"), "-test.count=1", "-test.timeout=0"}
	if short {
		args = append(args, "-test.short")
	}
	for _, arg := range given {
		if !strings.HasPrefix(strings.TrimLeft(arg, "-"), "test.") {
			args = append(args, arg)
		}
	}
	return args
}

// head keeps the beginning of its input, where a crashing program reports the
// cause, and drops the rest.
type head struct{ kept bytes.Buffer }

const mostOutput = 4096

func (o *head) Write(b []byte) (int, error) {
	o.kept.Write(b[:min(len(b), mostOutput-o.kept.Len())])
	return len(b), nil
}

// String is the text kept, indented.
func (o *head) String() string {
	return "  | " + strings.ReplaceAll(strings.TrimRight(o.kept.String(), "\n"), "\n", "\n  | ")
}
