package supervise

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/inherit"
)

// File descriptors of a supervisor, after the three that are the program's.
const (
	controlFD = 3 + iota
	statusFD
)

const (
	// orphanGrace is how long a program may take to put back what it changed when
	// the process that started it is gone.
	orphanGrace = 500 * time.Millisecond
	// rekill is how often killing is repeated while descendants remain: one may have
	// forked while it was looked for.
	rekill = 10 * time.Millisecond
	// giveUp is when a supervisor stops waiting for descendants that it has killed:
	// the kernel holds those that wait for a device.
	giveUp = 5 * time.Second
)

// Main turns this process into a supervisor, and does not return, when it was
// started as one. Programs that call [Start] call it first in main.
func Main() {
	const leastArgs = 5 // name, command, limit, path, the program's own name
	if len(os.Args) < leastArgs || os.Args[1] != command {
		return
	}
	// Collections and their threads would disturb the measurement.
	debug.SetGCPercent(-1)
	s := &supervisor{status: os.NewFile(statusFD, "status"), control: os.NewFile(controlFD, "control")}
	syscall.CloseOnExec(statusFD)
	syscall.CloseOnExec(controlFD)
	os.Exit(s.run(os.Args[2], os.Args[3], os.Args[4:]))
}

// supervisor is the state of a process that is one.
type supervisor struct {
	control, status *os.File
	pid             int
	// asked is true when the program was told to stop.
	asked bool
	// killing is true when the program and its descendants are to be killed.
	killing bool
}

// request is what a supervisor is told to do.
type request struct {
	kill  bool
	grace time.Duration
	// orphaned: the process that started the program is gone.
	orphaned bool
}

func (s *supervisor) run(limit, path string, argv []string) int {
	d, err := time.ParseDuration(limit)
	if err != nil {
		fmt.Fprintln(s.status, "failed", err)
		return 1
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fmt.Fprintln(s.status, "failed becoming the parent of orphans:", err)
		return 1
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	inherit.Outrank()
	if s.pid, err = startOrdinary(path, argv); err != nil {
		var errno syscall.Errno
		if errors.As(err, &errno) {
			fmt.Fprintln(s.status, "failed", int(errno))
		} else {
			fmt.Fprintln(s.status, "failed", err)
		}
		return 1
	}
	fmt.Fprintln(s.status, "started", s.pid)
	// The reader of the program's output sees its end when the program ends.
	_ = syscall.Close(0)
	_ = syscall.Close(1)
	requests, exited, childless := make(chan request), make(chan syscall.WaitStatus, 1), make(chan struct{})
	go s.listen(requests)
	go s.reap(exited, childless)
	return s.supervise(d, signals, requests, exited, childless)
}

// startOrdinary starts the program in a process group of its own from an ordinary
// thread, which lives as long as this process: its end kills the program.
func startOrdinary(path string, argv []string) (pid int, err error) {
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		if err = inherit.ResetThread(); err == nil {
			pid, err = syscall.ForkExec(path, argv, &syscall.ProcAttr{
				Env:   os.Environ(),
				Files: []uintptr{0, 1, 2},
				Sys:   &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
			})
		}
		close(done)
		select {}
	}()
	<-done
	return pid, err
}

// listen passes on what the starting process says.
func (s *supervisor) listen(requests chan<- request) {
	lines := bufio.NewScanner(s.control)
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		grace, err := time.ParseDuration(rest)
		requests <- request{kill: word == "kill" || err != nil, grace: grace}
	}
	requests <- request{orphaned: true, grace: orphanGrace}
}

// reap waits for every child: the program and orphans of its descendants.
func (s *supervisor) reap(exited chan<- syscall.WaitStatus, childless chan<- struct{}) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil: // ECHILD
			close(childless)
			return
		case pid == s.pid && (status.Exited() || status.Signaled()):
			exited <- status
		}
	}
}

// supervise waits for the end of the program and its descendants, and returns the
// program's exit status.
func (s *supervisor) supervise(limit time.Duration, signals <-chan os.Signal, requests <-chan request, exited <-chan syscall.WaitStatus, childless <-chan struct{}) int {
	var timeUp, patience, last <-chan time.Time
	if limit > 0 {
		timeUp = time.After(limit)
	}
	again := time.NewTicker(time.Hour)
	defer again.Stop()
	kill := func() {
		s.killing = true
		s.killDescendants()
		again.Reset(rekill)
	}
	var status syscall.WaitStatus
	ended := false
	for {
		select {
		case <-signals:
			s.interrupt()
			patience = time.After(StopGrace)
		case r := <-requests:
			if r.kill || ended || r.orphaned && s.asked {
				kill()
				continue
			}
			s.interrupt()
			patience = time.After(r.grace)
		case <-timeUp:
			fmt.Fprintln(s.status, "limit")
			s.interrupt()
			patience = time.After(StopGrace)
		case <-patience:
			kill()
		case status = <-exited:
			ended = true
			last = time.After(giveUp)
			kill()
		case <-again.C:
			if s.killing {
				s.killDescendants()
			}
		case <-childless:
			if !ended { // both are ready, and select chose this one
				status = <-exited
			}
			return mirror(status)
		case <-last:
			return mirror(status)
		}
	}
}

// interrupt does to the program's group what Ctrl-C does.
func (s *supervisor) interrupt() {
	s.asked = true
	_ = syscall.Kill(-s.pid, syscall.SIGINT)
}

func (s *supervisor) killDescendants() {
	for _, pid := range descendants(os.DirFS("/proc"), os.Getpid()) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// mirror ends this process as the program ended.
func mirror(status syscall.WaitStatus) int {
	if !status.Signaled() {
		return status.ExitStatus()
	}
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	signal.Reset(status.Signal())
	_ = syscall.Kill(os.Getpid(), status.Signal())
	const killedBySignal = 128 // a shell's exit status for it
	return killedBySignal + int(status.Signal())
}
