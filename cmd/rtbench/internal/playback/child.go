package playback

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// Starter makes the command that runs Play for a job in a fresh process.
type Starter func(ctx context.Context, j Job) *exec.Cmd

// SelfStarter starts this binary again with the command name and the job.
func SelfStarter(command string) Starter {
	return func(ctx context.Context, j Job) *exec.Cmd {
		path := "/proc/self/exe"
		if runtime.GOOS != "linux" {
			path, _ = os.Executable()
		}
		return exec.CommandContext(ctx, path, command, "--job", j.Encode())
	}
}

// child is a process that plays.
type child struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *gob.Decoder
	words   strings.Builder
}

// stopGrace is how long a process that was told to stop may take to end.
const stopGrace = 10 * time.Second

// startChild starts a process and returns once it plays.
func startChild(ctx context.Context, start Starter, j Job) (*child, error) {
	c := &child{cmd: start(ctx, j)}
	c.cmd.Stderr = &c.words
	c.cmd.WaitDelay = stopGrace
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	c.answers = gob.NewDecoder(out)
	if _, err := c.answer(); err != nil {
		return nil, err
	}
	return c, nil
}

// answer waits for one. A process that ends instead is an error with its last words.
func (c *child) answer() (*Played, error) {
	var s said
	err := c.answers.Decode(&s)
	if err == nil {
		return s.Played, nil
	}
	waitErr := c.end()
	if words := strings.TrimSpace(c.words.String()); words != "" {
		return nil, errors.New(words)
	}
	return nil, fmt.Errorf("the playing process ended: %w", errors.Join(err, waitErr))
}

// tell writes a line and waits for the answer.
func (c *child) tell(line string) (*Played, error) {
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		return nil, err
	}
	return c.answer()
}

// end ends the process, whatever it is doing.
func (c *child) end() error {
	c.in.Close()
	return c.cmd.Wait()
}
