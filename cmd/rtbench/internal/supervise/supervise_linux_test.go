package supervise

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/inherit"
	"github.com/memkit-go/memkit/internal/procfs"
)

// role makes this test binary a program that is started.
const role = "SUPERVISE_TEST_ROLE"

func TestMain(m *testing.M) {
	Main()
	if play, ok := roles[os.Getenv(role)]; ok {
		play()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var roles = map[string]func(){
	"three": func() { fmt.Println("three"); os.Exit(3) },
	// spins on one CPU on a real-time thread, deaf to SIGINT, for .9 s of it at most
	"spin": func() {
		signal.Ignore(syscall.SIGINT)
		runtime.LockOSThread()
		allowed, one := unix.CPUSet{}, unix.CPUSet{}
		if err := unix.SchedGetaffinity(0, &allowed); err != nil {
			panic(err)
		}
		for cpu := 0; one.Count() == 0; cpu++ {
			if allowed.IsSet(cpu) {
				one.Set(cpu)
			}
		}
		err := errors.Join(unix.SchedSetaffinity(0, &one),
			unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 50}, 0))
		if err != nil {
			fmt.Println("refused:", err)
			return
		}
		var spun unix.Timespec
		for spun.Nano() < 900e6 {
			if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &spun); err != nil {
				panic(err)
			}
		}
		fmt.Println("was not ended")
	},
	"killed": func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) },
	"deaf":   func() { signal.Ignore(syscall.SIGINT); fmt.Println(os.Getpid()); hold() },
	// ends at once and leaves a process in a session of its own
	"daemon": func() { fmt.Println(spawn("deaf", &syscall.SysProcAttr{Setsid: true})) },
	// has a child in a session of its own
	"parent": func() { fmt.Println(os.Getpid(), spawn("deaf", &syscall.SysProcAttr{Setsid: true})); hold() },
	// starts parent under a supervisor and waits
	"starter": func() {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), role+"=parent")
		out, _ := cmd.StdoutPipe()
		if _, err := Start(cmd, 0); err != nil {
			panic(err)
		}
		_, _ = io.Copy(os.Stdout, out)
		hold()
	},
	// starts state from real-time threads
	"fifo": func() {
		inherit.Outrank()
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), role+"=state")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		p, err := Start(cmd, 0)
		if err != nil {
			panic(err)
		}
		if err := p.Wait(); err != nil {
			panic(err)
		}
	},
	"state": func() {
		s, err := inherit.Reset()
		fmt.Println(s.Ordinary(), s, err)
	},
}

// hold keeps a process that holds no pipe of its starter's.
func hold() {
	os.Stdout.Close()
	os.Stderr.Close()
	for {
		_ = syscall.Pause()
	}
}

// spawn starts a role and returns its process id.
func spawn(name string, attr *syscall.SysProcAttr) int {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env, cmd.SysProcAttr = append(os.Environ(), role+"="+name), attr
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	_, _ = bufio.NewReader(out).ReadString('\n') // it has begun
	return cmd.Process.Pid
}

// program prepares a role.
func program(ctx context.Context, name string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = append(os.Environ(), role+"="+name)
	return cmd
}

// firstLine reads the processes that a role prints.
func firstLine(t *testing.T, r io.Reader) (pids []int) {
	t.Helper()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range strings.Fields(line) {
		pid, err := strconv.Atoi(f)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// allEnd waits for the end of processes that this one does not wait for.
func allEnd(t *testing.T, pids []int) {
	t.Helper()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	deadline := time.After(5 * time.Minute) // of a wait that ends early, unless a process is left
	for _, pid := range pids {
		for alive(pid) {
			select {
			case <-again.C:
			case <-deadline:
				t.Fatalf("process %d of %v is still there", pid, pids)
			}
		}
	}
}

func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(text), ") Z ")
}

func TestExitStatus(t *testing.T) {
	for name, want := range map[string]string{"three": "exit status 3", "killed": "signal: killed"} {
		cmd := program(t.Context(), name)
		var out strings.Builder
		cmd.Stdout = &out
		p, err := Start(cmd, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
		if name == "three" && out.String() != "three\n" {
			t.Errorf("printed %q", out.String())
		}
		if err := p.Interrupt(0); !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("%s: interrupting what has ended: %v", name, err)
		}
	}
}

func TestStartErrors(t *testing.T) {
	_, err := Start(exec.CommandContext(t.Context(), "./no-such-program"), 0)
	var path *fs.PathError
	if !errors.Is(err, os.ErrNotExist) || !errors.As(err, &path) || path.Path != "./no-such-program" {
		t.Errorf("%v", err)
	}
	if _, err := Start(exec.Command("no-such-program-anywhere"), 0); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestLimit(t *testing.T) {
	cmd := program(t.Context(), "deaf")
	p, err := Start(cmd, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); !errors.Is(err, ErrLimit) {
		t.Errorf("%v, want ErrLimit", err)
	}
	allEnd(t, []int{p.PID()})
}

// TestSpinnerIsEnded: a program that holds its CPU on a real-time thread and listens to
// no signal is ended at its limit.
func TestSpinnerIsEnded(t *testing.T) {
	cmd := program(t.Context(), "spin")
	var out strings.Builder
	cmd.Stdout = &out
	p, err := Start(cmd, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Wait()
	if strings.HasPrefix(out.String(), "refused") {
		t.Skip(out.String())
	}
	if !errors.Is(err, ErrLimit) || out.String() != "" {
		t.Errorf("%v, want ErrLimit; it printed %q", err, out.String())
	}
	allEnd(t, []int{p.PID()})
}

func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cmd := program(ctx, "parent")
	out, _ := cmd.StdoutPipe()
	p, err := Start(cmd, 0)
	if err != nil {
		t.Fatal(err)
	}
	pids := firstLine(t, out)
	cancel()
	if err := p.Wait(); err == nil {
		t.Error("the program ended as if nothing had happened")
	}
	allEnd(t, pids)
}

// TestDescendantsEnd: a process that left the group, and whose parent is gone, ends
// with the program.
func TestDescendantsEnd(t *testing.T) {
	cmd := program(t.Context(), "daemon")
	out, _ := cmd.StdoutPipe()
	p, err := Start(cmd, 0)
	if err != nil {
		t.Fatal(err)
	}
	pids := firstLine(t, out)
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
	allEnd(t, pids)
}

// TestKilledStarter: SIGKILL of the process that started a program ends the program
// and its descendants.
func TestKilledStarter(t *testing.T) {
	cmd := program(t.Context(), "starter")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pids := firstLine(t, out)
	for _, pid := range pids {
		if !alive(pid) {
			t.Errorf("process %d has ended early", pid)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	allEnd(t, pids)
}

// TestSupervisorOutranks: every thread of a supervisor but the one that started the
// program, which only waits, is SCHED_FIFO at the highest priority.
func TestSupervisorOutranks(t *testing.T) {
	cmd := program(t.Context(), "deaf")
	p, err := Start(cmd, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Wait()
	defer p.Kill()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	var priorities []int
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil {
			continue
		}
		_, priority, err := procfs.ParseScheduling(string(text))
		if err != nil {
			t.Fatal(err)
		}
		priorities = append(priorities, priority)
	}
	slices.Sort(priorities)
	if len(priorities) < 2 {
		t.Fatalf("%d threads", len(priorities))
	}
	most := priorities[len(priorities)-1]
	if most == 0 {
		t.Skip("this user may have no real-time threads; root may")
	}
	if priorities[0] != 0 || priorities[1] != most {
		t.Errorf("priorities %v: want one of 0 and all others alike", priorities)
	}
}

// TestProgramIsOrdinary: a program does not inherit the real-time policy of the
// process that starts it.
func TestProgramIsOrdinary(t *testing.T) {
	out, err := program(t.Context(), "fifo").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(out), "true SCHED_OTHER, CPUs ") || !strings.HasSuffix(string(out), " <nil>\n") {
		t.Errorf("the program found %q", out)
	}
}

func TestDescendants(t *testing.T) {
	stat := func(parent string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("7 (a) b (c) S " + parent + " 1 1")}
	}
	proc := fstest.MapFS{
		"2/stat": stat("1"), "3/stat": stat("2"), "4/stat": stat("3"), "5/stat": stat("3"), "6/stat": stat("1"),
		"7/stat": {Data: []byte("7 (x)")}, "8/stat": {}, "self/stat": stat("2"), "9/other": {},
	}
	if got := fmt.Sprint(descendants(proc, 2)); got != "[3 4 5]" {
		t.Errorf("%s", got)
	}
}
