package campaign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// grace is how long a process that was asked to stop may take before it is
// killed. Long enough to restore what it set, short enough to wait for. Only
// tests change it.
var grace = 5 * time.Second

// process is one fresh child: in a process group of its own, so that a terminal's
// Ctrl-C reaches it only through us and its own children end with it.
type process struct {
	cmd    *exec.Cmd
	stderr tail
	// asked starts the clock of grace when the process is first asked to stop.
	asked sync.Once
	grace time.Duration
	ended chan struct{}
}

// start begins argv. The child's standard input stays open as long as we live:
// its end tells the child that it was orphaned.
func start(ctx context.Context, argv []string) (*process, io.Reader, error) {
	p := &process{cmd: exec.CommandContext(ctx, argv[0], argv[1:]...), grace: grace, ended: make(chan struct{})}
	p.cmd.Stderr = &p.stderr
	p.cmd.Cancel = p.interrupt
	p.cmd.WaitDelay = grace
	ownGroup(p.cmd)
	if _, err := p.cmd.StdinPipe(); err != nil {
		return nil, nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, nil, err
	}
	return p, stdout, nil
}

// interrupt asks the whole group to stop, and kills it when it does not.
func (p *process) interrupt() error {
	p.asked.Do(func() { go p.killAfterGrace() })
	return interruptGroup(p.cmd)
}

func (p *process) killAfterGrace() {
	select {
	case <-p.ended:
	case <-time.After(p.grace):
		killGroup(p.cmd)
	}
}

// wait ends the process's life: what is left of its group is killed.
func (p *process) wait() error {
	err := p.cmd.Wait()
	close(p.ended)
	killGroup(p.cmd)
	return err
}

// failure adds the end of the process's standard error to err.
func (p *process) failure(err error) error {
	if errors.Is(err, exec.ErrWaitDelay) {
		err = fmt.Errorf("did not stop within %v", p.grace)
	}
	if words := p.stderr.String(); words != "" {
		return fmt.Errorf("%w\n%s", err, indent(words))
	}
	return err
}

func indent(text string) string {
	return "  | " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  | ")
}

// tail keeps the last bytes written to it: a crashing Go program says what
// happened first and lists goroutines for pages, so the beginning is kept too.
type tail struct {
	head, last bytes.Buffer
}

const tailSize = 2048

func (t *tail) Write(b []byte) (int, error) {
	n := len(b)
	if room := tailSize - t.head.Len(); room > 0 {
		k := min(room, len(b))
		t.head.Write(b[:k])
		b = b[k:]
	}
	t.last.Write(b)
	if over := t.last.Len() - tailSize; over > 0 {
		t.last.Next(over)
	}
	return n, nil
}

func (t *tail) String() string {
	if t.last.Len() < tailSize {
		return t.head.String() + t.last.String()
	}
	return t.head.String() + "\n…\n" + t.last.String()
}
