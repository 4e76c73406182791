package qemu

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/internal/endbuffer"
	"github.com/memkit-go/memkit/rt"
)

// process is a QEMU that runs. Its methods may be called from any goroutine.
type process struct {
	cmd   *exec.Cmd
	words endbuffer.Buffer
	ended chan struct{}
	err   error // of Wait; read after ended
}

// start starts the program from a thread that lives as long as it does: the kernel
// sends a parent's death signal when the thread that forked ends.
func start(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.words, &p.words
	// A process group of its own keeps a terminal's Ctrl-C from it, which the rig
	// handles.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, <-started
}

// failure is how the process ended, nil while it runs.
func (p *process) failure() error {
	select {
	case <-p.ended:
	default:
		return nil
	}
	status := "exit status 0"
	if p.err != nil {
		status = p.err.Error()
	}
	return &EndedError{Status: status, Output: lastLines(p.words.String())}
}

// stop waits a while for a process that was asked to end, and kills it. A process that
// a signal has stopped is killed too.
func (p *process) stop() {
	select {
	case <-p.ended:
		return
	case <-time.After(grace):
	}
	p.cmd.Process.Kill()
	<-p.ended
}

// grace is how long QEMU may take to end. It takes 30 ms.
const grace = 400 * time.Millisecond

func (p *process) state() State {
	select {
	case <-p.ended:
		return Ended
	default:
	}
	if stat, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/stat"); err == nil && stopped(stat) {
		return Stopped
	}
	return Running
}

// schedule gives the threads that there are a policy.
func (p *process) schedule(policy rt.Policy) error {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.cmd.Process.Pid))
	if err != nil {
		return err
	}
	for _, task := range tasks {
		id, err := strconv.Atoi(filepath.Base(task))
		if err != nil {
			return err
		}
		err = unix.SchedSetAttr(id, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: uint32(policy.Priority())}, 0)
		switch {
		case errors.Is(err, unix.EPERM):
			n := policy.Priority()
			return &rt.PrivilegeError{
				Op: "SCHED_FIFO for QEMU", Need: fmt.Sprintf("CAP_SYS_NICE or RLIMIT_RTPRIO ≥ %d", n), Have: "less",
				Remedy: fmt.Sprintf("run as root, or `ulimit -r %d`; or leave Config.Policy out", n), Err: err,
			}
		case err != nil && !errors.Is(err, unix.ESRCH): // a thread that has ended meanwhile
			return fmt.Errorf("qemu: Config.Policy %v: %w", policy, err)
		}
	}
	return nil
}
