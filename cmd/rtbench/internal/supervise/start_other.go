//go:build !linux

package supervise

import (
	"fmt"
	"os/exec"
	"sync/atomic"
	"time"
)

// Main does nothing here: there are no supervisors.
func Main() {}

// Process is a program in a process group of its own.
type Process struct {
	cmd   *exec.Cmd
	limit time.Duration
	// late is true when the limit has passed.
	late  atomic.Bool
	ended chan struct{}
}

// Start starts cmd, which ends limit later; 0 means never. When the context of
// exec.CommandContext ends, the program is interrupted and, [StopGrace] later,
// killed.
func Start(cmd *exec.Cmd, limit time.Duration) (*Process, error) {
	p := &Process{cmd: cmd, limit: limit, ended: make(chan struct{})}
	ownGroup(cmd)
	if cmd.Cancel != nil { // made by exec.CommandContext
		cmd.Cancel = func() error { return p.Interrupt(StopGrace) }
		cmd.WaitDelay = 2 * StopGrace
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if limit > 0 {
		go p.endAtLimit()
	}
	return p, nil
}

func (p *Process) endAtLimit() {
	select {
	case <-p.ended:
	case <-time.After(p.limit):
		p.late.Store(true)
		_ = p.Interrupt(StopGrace)
	}
}

// PID implements [Started].
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Interrupt implements [Started].
func (p *Process) Interrupt(grace time.Duration) error {
	err := interruptGroup(p.cmd.Process)
	go func() {
		select {
		case <-p.ended:
		case <-time.After(grace):
			_ = p.Kill()
		}
	}()
	return err
}

// Kill implements [Started].
func (p *Process) Kill() error { return killGroup(p.cmd.Process) }

// Wait implements [Started].
func (p *Process) Wait() error {
	err := p.cmd.Wait()
	close(p.ended)
	_ = p.Kill()
	if p.late.Load() {
		return fmt.Errorf("%w of %v", ErrLimit, p.limit)
	}
	return err
}
