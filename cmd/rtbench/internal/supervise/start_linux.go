package supervise

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// command marks the arguments of a process that is to be a supervisor.
const command = "supervise-in-this-process"

// Process is a program under a supervisor.
type Process struct {
	cmd     *exec.Cmd
	pid     int
	limit   time.Duration
	control *os.File // to the supervisor
	status  *bufio.Reader
	closer  io.Closer
}

// Start starts cmd, which has neither ExtraFiles nor SysProcAttr, under a supervisor.
// The supervisor ends the program limit later; 0 means never. When the context of
// exec.CommandContext ends, the program is interrupted and, [StopGrace] later,
// killed. The program that calls Start must call [Main] first of all.
func Start(cmd *exec.Cmd, limit time.Duration) (*Process, error) {
	switch {
	case cmd.Err != nil:
		return nil, cmd.Err
	case len(os.Args) > 1 && os.Args[1] == command:
		// It would start itself again and again.
		return nil, errors.New("supervise: this process was started to be a supervisor; call supervise.Main first in main")
	}
	controlRead, controlWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	statusRead, statusWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, controlRead.Close(), controlWrite.Close())
	}
	program := cmd.Path
	cmd.Args = append([]string{"rtbench-supervisor", command, limit.String(), program}, cmd.Args...)
	cmd.Path = "/proc/self/exe"
	cmd.ExtraFiles = []*os.File{controlRead, statusWrite}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := &Process{cmd: cmd, limit: limit, control: controlWrite, status: bufio.NewReader(statusRead), closer: statusRead}
	if cmd.Cancel != nil { // made by exec.CommandContext
		cmd.Cancel = func() error { return p.Interrupt(StopGrace) }
		cmd.WaitDelay = 2 * StopGrace
	}
	err = cmd.Start()
	err = errors.Join(err, controlRead.Close(), statusWrite.Close())
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	if err := p.started(program); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// started waits for the supervisor's word that the program runs.
func (p *Process) started(program string) error {
	word, rest, err := p.read()
	switch {
	case err != nil:
		return fmt.Errorf("starting %s: the supervisor ended: %w", program, errors.Join(err, p.cmd.Wait()))
	case word == "started":
		p.pid, err = strconv.Atoi(rest)
		return err
	}
	_ = p.cmd.Wait()
	n, err := strconv.Atoi(rest)
	if err != nil {
		return fmt.Errorf("starting %s: %s", program, rest)
	}
	return &fs.PathError{Op: "fork/exec", Path: program, Err: syscall.Errno(n)}
}

// read is the next line of the supervisor's, a word and the rest.
func (p *Process) read() (word, rest string, err error) {
	line, err := p.status.ReadString('\n')
	word, rest, _ = strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	return word, rest, err
}

func (p *Process) close() error { return errors.Join(p.control.Close(), p.closer.Close()) }

// PID implements [Started].
func (p *Process) PID() int { return p.pid }

// Interrupt implements [Started].
func (p *Process) Interrupt(grace time.Duration) error { return p.tell("interrupt " + grace.String()) }

// Kill implements [Started].
func (p *Process) Kill() error { return p.tell("kill") }

func (p *Process) tell(line string) error {
	_, err := io.WriteString(p.control, line+"\n")
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) {
		return os.ErrProcessDone
	}
	return err
}

// Wait implements [Started].
func (p *Process) Wait() error {
	err := p.cmd.Wait()
	word, _, _ := p.read()
	_ = p.close()
	if word == "limit" {
		return fmt.Errorf("%w of %v", ErrLimit, p.limit)
	}
	return err
}
