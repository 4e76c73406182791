package soundserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

const (
	// startLimit is how long a server may take to accept clients. It takes 50 ms.
	startLimit = time.Minute
	// stopLimit is how long one that was asked to end may take before it is
	// killed.
	stopLimit = 3 * time.Second
	poll      = 5 * time.Millisecond
	// diagnosis is the time between two questions why a server is not ready.
	diagnosis = time.Second
)

// Launch says how a server is started.
type Launch struct {
	Cmd *exec.Cmd
	// Socket is the path at which it accepts clients.
	Socket string
	// Hung, when not nil, is called every second in which a server has not become
	// ready, and with last when it is given up; an error from it ends the wait.
	Hung func(last bool) error
	// Ended, when not nil, is called when the server has ended, and before Start
	// returns where it could not be started. An error says that it has not ended well.
	Ended func(error)
}

// Process is a server that runs. Its methods may be called from any goroutine.
type Process struct {
	cmd   *exec.Cmd
	words output
	ended chan struct{}
	err   error // of the process; read after ended
}

// Start starts a server and returns once clients can connect to its socket. It ends
// with [Process.Stop], and with this process.
func Start(ctx context.Context, l Launch) (*Process, error) {
	p := &Process{cmd: l.Cmd, ended: make(chan struct{})}
	l.Cmd.Stdout, l.Cmd.Stderr = &p.words, &p.words
	// A process group of its own keeps a terminal's Ctrl-C from ending it first.
	l.Cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := p.launch(l); err != nil {
		l.ended(err)
		return nil, err
	}
	if err := p.ready(ctx, l); err != nil {
		return nil, errors.Join(err, p.Kill())
	}
	return p, nil
}

func (l Launch) ended(err error) {
	if l.Ended != nil {
		l.Ended(err)
	}
}

func (l Launch) hung(last bool) error {
	if l.Hung == nil {
		return nil
	}
	return l.Hung(last)
}

// launch starts the process from a thread that lives as long as it does: the
// kernel sends a parent's death signal when the thread that forked ends.
func (p *Process) launch(l Launch) error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = p.cmd.Wait()
		l.ended(p.err)
		close(p.ended)
	}()
	return <-started
}

// ready waits for the socket at which the server accepts clients.
func (p *Process) ready(ctx context.Context, l Launch) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("no socket %s after %v", l.Socket, startLimit))
	defer cancel()
	ticker, looks := time.NewTicker(poll), time.NewTicker(diagnosis)
	defer ticker.Stop()
	defer looks.Stop()
	for {
		if _, err := os.Stat(l.Socket); err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("ended before it accepted clients: %v\n%s", p.err, p.Output())
		case <-ctx.Done():
			if err := l.hung(true); err != nil {
				return err
			}
			return fmt.Errorf("%w\n%s", context.Cause(ctx), p.Output())
		case <-looks.C:
			if err := l.hung(false); err != nil {
				return err
			}
		case <-ticker.C:
		}
	}
}

// PID is the server's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ended is closed when the server has ended, for whatever reason.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err is how it has ended: nil where it has not, and where it has ended well.
func (p *Process) Err() error {
	select {
	case <-p.ended:
		return p.err
	default:
		return nil
	}
}

// Output is what the server has printed so far.
func (p *Process) Output() string { return p.words.String() }

// Listen calls f with each line that the server prints from now on, in order, until the
// next call; nil listens no longer. f may not call methods of p.
func (p *Process) Listen(f func(line string)) {
	p.words.mu.Lock()
	defer p.words.mu.Unlock()
	p.words.listen = f
	p.words.line = nil
}

// Kill ends the server as a crash would and returns when it is gone.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	<-p.ended
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Stop asks the server to end, and kills it when it does not. It returns when it
// is gone.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(stopLimit):
		return p.Kill()
	}
}

// RealTime is the highest SCHED_FIFO priority of the server's threads, 0 when
// none has a real-time policy.
func (p *Process) RealTime() (priority int, err error) {
	stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.PID()))
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
