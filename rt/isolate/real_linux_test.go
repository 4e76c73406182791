package isolate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"github.com/memkit-go/memkit/rt/ring"
)

// These tests start real processes. What they wait for is an event: a message,
// an exit. None of them asserts a time.

var (
	facts   = NewQueue[fact]("facts", 64)
	counter = NewCell[uint64]("counter")
	resume  = NewCell[uint64]("resume") // the parent's word to a child that stands still
)

// fact is something that a child says about itself.
type fact struct {
	Key, Value [96]byte
}

func newFact(key, value string) (f fact) {
	copy(f.Key[:], key)
	copy(f.Value[:], value)
	return f
}

func text(b [96]byte) string { return strings.TrimRight(string(b[:]), "\x00") }

// roles are what the children of these tests do, by their first argument.
var roles map[string]func(*Child) error

func init() {
	roles = map[string]func(*Child) error{
		"facts":    tellFacts,
		"generate": countGenerations,
		"nest":     func(c *Child) error { _, err := Start(c.Context(), echoEntry, Config{}); return err },
		"fail":     func(*Child) error { return fmt.Errorf("the joint is stiff: %w", rt.ErrOverrun) },
		"refuse": func(*Child) error {
			return &rt.PrivilegeError{Op: "a thing", Need: "more", Have: "less", Err: syscall.EPERM}
		},
		"panic":     func(*Child) error { panic("overheated") },
		"exit":      func(*Child) error { os.Exit(9); return nil },
		"killed":    func(*Child) error { unix.Kill(os.Getpid(), unix.SIGKILL); select {} },
		"obey":      func(c *Child) error { <-c.Context().Done(); return context.Cause(c.Context()) },
		"deaf":      func(*Child) error { select {} },
		"loop":      runLoop,
		"hang":      hangInStep,
		"stall":     stallOnce,
		"overflow":  overflowInStep,
		"strict":    waitInStrictStep,
		"beat once": func(c *Child) error { c.Beat(); select {} },
		"talk":      talk,
		"chat":      chat,
		"litter":    litter,
		"nothing":   func(*Child) error { return nil },
	}
}

var playEntry = Entry("test play", func(c *Child) error { return roles[c.Args[0]](c) })

// play starts a role; the test's end closes it.
func play(t *testing.T, role string, c Config) *Isolate {
	t.Helper()
	c.Args = append([]string{role}, c.Args...)
	if c.FirstBeat == 0 {
		c.FirstBeat = -1 // most roles neither beat nor run a loop
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = patient
	}
	c.Channels = []Channel{facts, counter, resume}
	i, err := Start(t.Context(), playEntry, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close() })
	return i
}

// exitError is what Wait answers for a role that ends badly.
func exitError(t *testing.T, i *Isolate) *ExitError {
	t.Helper()
	var e *ExitError
	if err := i.Wait(); !errors.As(err, &e) {
		t.Fatalf("Wait: %v, want an ExitError", err)
	}
	return e
}

func tellFacts(c *Child) error {
	out, err := facts.Producer(c)
	if err != nil {
		return err
	}
	s, err := machine.Host.Scheduling(0)
	if err != nil {
		return err
	}
	stdout, _ := os.Readlink("/proc/self/fd/1")
	tids, err := machine.Host.Threads()
	if err != nil {
		return err
	}
	cpus := map[string]bool{}
	for _, tid := range tids {
		if set, err := machine.Host.Affinity(tid); err == nil {
			cpus[procfs.FormatCPUList(set)] = true
		}
	}
	runtime.LockOSThread()
	status, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		return err
	}
	_, after, _ := strings.Cut(string(status), "SigBlk:")
	mask, _, _ := strings.Cut(strings.TrimSpace(after), "\n")
	group, _ := unix.Getpgid(0)
	for key, value := range map[string]any{
		"policy": s.Policy, "stdout": stdout, "group": group, "pid": os.Getpid(), "parent": os.Getppid(),
		"GOGC": os.Getenv("GOGC"), "GOMEMLIMIT": os.Getenv("GOMEMLIMIT"), "marker": os.Getenv(marker),
		"GOMAXPROCS": runtime.GOMAXPROCS(0), "args": strings.Join(os.Args[1:], " "), "cpus": cpus, "blocked signals": mask,
		"collector off": collectorOff(c.Process()),
		"descriptors":   openDescriptors(memoryFD, lifelineFD, reportsFD),
	} {
		out.Push(newFact(key, fmt.Sprint(value)))
	}
	return nil
}

// openDescriptors are those that a program which this one starts would inherit.
func openDescriptors(fds ...uintptr) (kept []uintptr) {
	for _, fd := range fds {
		if flags, err := unix.FcntlInt(fd, unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			kept = append(kept, fd)
		}
	}
	return kept
}

func readFacts(t *testing.T, i *Isolate) map[string]string {
	t.Helper()
	in, err := facts.Consumer(i)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Wait(); err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for f, ok := in.Pop(); ok; f, ok = in.Pop() {
		told[text(f.Key)] = text(f.Value)
	}
	return told
}

// TestIsolateInheritsNothing starts a child from a thread that is everything a
// child must not be: real-time if that is allowed, on one CPU, deaf to signals.
func TestIsolateInheritsNothing(t *testing.T) {
	allowed, err := machine.Host.Affinity(0)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var i *Isolate
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends here
		if _, err := machine.Host.BlockSignals(); err != nil {
			t.Error(err)
		}
		if err := machine.Host.SetAffinity(0, allowed[:1]); err != nil {
			t.Error(err)
		}
		if err := machine.Host.SetScheduling(0, machine.Scheduling{Policy: machine.SchedFIFO, Priority: 1}); err != nil {
			t.Logf("the starting thread has an ordinary policy: %v", err)
		}
		i = play(t, "facts", Config{Args: []string{"-flag", "a b"}, Process: rt.ProcessConfig{Keep: rt.KeepAffinity}})
	}()
	<-done
	if i == nil {
		t.FailNow()
	}
	told := readFacts(t, i)
	pid := strconv.Itoa(i.PID())
	for key, want := range map[string]string{
		"policy": "0", "group": pid, "pid": pid, "parent": strconv.Itoa(os.Getpid()),
		"GOGC": "off", "GOMEMLIMIT": "off", "marker": "", "GOMAXPROCS": strconv.Itoa(max(3, len(allowed)+1)),
		"args": "facts -flag a b", "collector off": "true", "descriptors": "[]",
		"cpus":            fmt.Sprint(map[string]bool{procfs.FormatCPUList(allowed): true}),
		"blocked signals": "0000000000000000",
	} {
		if told[key] != want {
			t.Errorf("the child's %s is %q, want %q", key, told[key], want)
		}
	}
	if ours, err := os.Readlink("/proc/self/fd/1"); err == nil && told["stdout"] == ours {
		t.Errorf("the child writes to its parent's own %s", ours)
	}
}

// TestIsolateOfAConfinedParent: a parent that Setup confined gives its child all
// of its CPUs.
func TestIsolateOfAConfinedParent(t *testing.T) {
	allowed, err := machine.Host.Affinity(0)
	if err != nil {
		t.Fatal(err)
	}
	mustSetup(t, rt.ProcessConfig{})
	told := readFacts(t, play(t, "facts", Config{Process: rt.ProcessConfig{Keep: rt.KeepAffinity}}))
	if want := fmt.Sprint(map[string]bool{procfs.FormatCPUList(allowed): true}); told["cpus"] != want {
		t.Errorf("the child may use the CPUs %s, want %s", told["cpus"], want)
	}
}

func TestIsolateRefusesNesting(t *testing.T) {
	for _, inside := range []bool{false, true} {
		if err := play(t, "nest", Config{InProcess: inside}).Wait(); !errors.Is(err, ErrNested) {
			t.Errorf("in process %v: %v, want ErrNested", inside, err)
		}
	}
}

func TestIsolateWithoutMain(t *testing.T) {
	mainRan.Store(false)
	defer mainRan.Store(true)
	if _, err := Start(t.Context(), playEntry, Config{}); !errors.Is(err, ErrNoMain) {
		t.Errorf("Start: %v, want ErrNoMain", err)
	}
	mainRan.Store(true)
	t.Setenv(marker, "1") // a child whose program does not call Main, and starts isolates
	if _, err := Start(t.Context(), playEntry, Config{}); !errors.Is(err, ErrNoMain) {
		t.Errorf("Start in a child that Main has not seen: %v, want ErrNoMain", err)
	}
}

// TestIsolateMarkerAlone: a copied environment makes no child.
func TestIsolateMarkerAlone(t *testing.T) {
	t.Setenv(marker, "1")
	Main()
	if isolated.Load() || os.Getenv(marker) != "" {
		t.Error("Main took this process for a child, or left the variable")
	}
}

// TestIsolateUnsealedMemoryIsNoChild: nor do the marker and a descriptor of another
// kind make one, such as one that a shell left open.
func TestIsolateUnsealedMemoryIsNoChild(t *testing.T) {
	fd, err := unix.MemfdCreate("unsealed", unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	unsealed := os.NewFile(uintptr(fd), "unsealed")
	defer unsealed.Close()
	lifeline, tell, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	tell.Close()
	defer lifeline.Close()
	for name, memory := range map[string]*os.File{"unsealed memory": unsealed, "a pipe": lifeline} {
		cmd := exec.Command("/proc/self/exe", "-test.run=^$")
		cmd.Env = append(os.Environ(), marker+"=1")
		cmd.ExtraFiles = []*os.File{memory, lifeline, os.Stderr}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v, so it ran as a child\n%s", name, err, out)
		}
	}
}

func TestIsolateErrorsComeAcross(t *testing.T) {
	e := exitError(t, play(t, "fail", Config{}))
	if !errors.Is(e, rt.ErrOverrun) || e.Code != exitFailed || !strings.Contains(e.Error(), "the joint is stiff") {
		t.Errorf("error %+v", e)
	}
	var p *rt.PrivilegeError
	if e := exitError(t, play(t, "refuse", Config{})); !errors.As(e, &p) || p.Op != "a thing" || p.Err != syscall.EPERM {
		t.Errorf("error %+v", e)
	}
	i := play(t, "panic", Config{Stderr: io.Discard})
	if e := exitError(t, i); e.Code != 2 || !strings.Contains(e.Stderr, "panic: overheated") || !strings.Contains(e.Error(), "panic: overheated") || e.PID != i.PID() {
		t.Errorf("error %+v", e)
	}
	if e := exitError(t, play(t, "exit", Config{})); e.Code != 9 || e.Err != nil {
		t.Errorf("error %+v", e)
	}
	_, err := Start(t.Context(), playEntry, Config{Args: []string{"nothing"}, Process: rt.ProcessConfig{Loops: -1}})
	wantConfigError(t, err, "ProcessConfig.Loops")
	_, err = Start(t.Context(), &EntryPoint{name: "only in the parent"}, Config{})
	wantConfigError(t, err, "entry")
}

// countGenerations saves how often it was begun, tells it, and ends as its
// arguments say.
func countGenerations(c *Child) error {
	out, err := facts.Producer(c)
	if err != nil {
		return err
	}
	newest, err := counter.Writer(c)
	if err != nil {
		return err
	}
	kept, err := counter.Reader(c)
	if err != nil {
		return err
	}
	saved, _ := strconv.Atoi(string(c.State()))
	last, _ := kept.Load()
	c.SaveState([]byte(strconv.Itoa(saved + 1)))
	newest.Store(last + 1)
	out.Push(newFact("generation", fmt.Sprintf("%d: %d %d", c.Generation, saved, last)))
	if c.Generation+1 < len(c.Args) {
		return roles[c.Args[c.Generation+1]](c)
	}
	return roles["obey"](c)
}

// TestIsolateRestartsWithItsState: after every way to die the next generation
// finds the saved state, goes on in the same channels, and the safe state was
// called before it began.
func TestIsolateRestartsWithItsState(t *testing.T) {
	var mu sync.Mutex
	var events []string
	note := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, fmt.Sprintf(format, args...))
	}
	var i *Isolate
	downs := make(chan Failure, 8)
	i = play(t, "generate", Config{
		Args:      []string{"panic", "killed", "hang", "exit"},
		Restart:   Restart{Max: 4, Backoff: time.Millisecond},
		Heartbeat: 50 * time.Millisecond,
		Stderr:    io.Discard,
		SafeState: func(d Failure) {
			note("down %d", d.Generation)
			downs <- d
		},
	})
	in, err := facts.Consumer(i)
	if err != nil {
		t.Fatal(err)
	}
	for generation := 0; generation < 5; {
		f, ok := in.Pop()
		if ok {
			if want := fmt.Sprintf("%d: %d %d", generation, generation, generation); text(f.Value) != want {
				t.Errorf("generation %q, want %q", text(f.Value), want)
			}
			note("up %d", generation)
			generation++
		}
		select {
		case <-i.Done():
			t.Fatal(i.Wait())
		default:
			runtime.Gosched()
		}
	}
	if err := i.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	for generation, want := range []struct {
		code   int
		signal syscall.Signal
		hung   bool
	}{{code: 2}, {code: -1, signal: unix.SIGKILL}, {hung: true}, {code: 9}} {
		d := <-downs
		if want.hung {
			if !errors.Is(d.Err, ErrHung) {
				t.Errorf("down %d: %v, want ErrHung", generation, d.Err)
			}
			continue
		}
		var e *ExitError
		if !errors.As(d.Err, &e) || d.Generation != generation || e.Code != want.code || e.Signal != want.signal {
			t.Errorf("down %d: %+v, want %+v", generation, d, want)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for generation := range 4 {
		if slices.Index(events, fmt.Sprintf("down %d", generation)) > slices.Index(events, fmt.Sprintf("up %d", generation+1)) {
			t.Errorf("generation %d began before the safe state of the one before: %v", generation+1, events)
		}
	}
	if i.Restarts() != 4 {
		t.Errorf("%d restarts, want 4", i.Restarts())
	}
}

func runLoop(c *Child) error {
	mode := map[string]rt.Mode{"auto": rt.Auto, "strict": rt.Strict, "portable": rt.Portable}[c.Args[1]]
	l, err := c.NewLoop(rt.LoopConfig{Name: "control", Period: time.Millisecond, Mode: mode})
	if err != nil {
		return err
	}
	return l.Run(c.Context(), func(*rt.Tick) error { return nil })
}

// TestIsolateLoopIsSeen: the same entry with the same loop, as a process and in
// this one; its counts are in the parent's hands.
func TestIsolateLoopIsSeen(t *testing.T) {
	for _, inside := range []bool{false, true} {
		i := play(t, "loop", Config{Args: []string{"auto"}, InProcess: inside, Heartbeat: -1})
		var seen LoopStats
		for seen.Stats.Ticks < 20 {
			if all := i.Stats(); len(all) == 1 {
				seen = all[0]
			}
			runtime.Gosched()
		}
		if seen.Name != "control" || !seen.Running || seen.Period != time.Millisecond || seen.Granted.Mode == rt.Auto {
			t.Errorf("in process %v: %+v", inside, seen)
		}
		if inside && (seen.Granted.Mode != rt.Portable || len(seen.Granted.Missing) == 0) {
			t.Errorf("in process: %+v, want a portable loop and the reason", seen.Granted)
		}
		if err := i.Stop(t.Context()); err != nil {
			t.Errorf("in process %v: %v", inside, err)
		}
		if after := i.Stats()[0]; after.Running || after.Stats.Ticks < seen.Stats.Ticks {
			t.Errorf("in process %v: after the end %+v", inside, after)
		}
	}
}

// TestIsolateStrictWithoutPrivilege: what the mode demands and the kernel
// refuses is named in the parent.
func TestIsolateStrictWithoutPrivilege(t *testing.T) {
	i := play(t, "loop", Config{Args: []string{"strict"}, Heartbeat: -1})
	for len(i.Stats()) == 0 {
		select {
		case <-i.Done():
			var p *rt.PrivilegeError
			if err := i.Wait(); !errors.As(err, &p) && !errors.Is(err, rt.ErrUnsupported) {
				t.Errorf("error %v, want a PrivilegeError", err)
			}
			return
		default:
			runtime.Gosched()
		}
	}
	if g := i.Stats()[0].Granted; g.Mode != rt.Strict || !g.Pinned || g.Policy != rt.FIFO(rt.DefaultPriority) || !g.CollectorOff {
		t.Errorf("granted %+v", g)
	}
	if err := i.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestIsolateFillsLoops: the loop's CPU and policy are the isolate's.
func TestIsolateFillsLoops(t *testing.T) {
	allowed, err := machine.Host.Affinity(0)
	if err != nil || len(allowed) < 2 {
		t.Skipf("two CPUs are needed, have %v, %v", allowed, err)
	}
	i := play(t, "loop", Config{Args: []string{"auto"}, CPU: rt.OnCPU(allowed[0]), Policy: rt.FIFO(7), Heartbeat: -1})
	for len(i.Stats()) == 0 {
		runtime.Gosched()
	}
	g := i.Stats()[0].Granted
	if g.CPU != rt.OnCPU(allowed[0]) && g.Mode != rt.Portable || g.Mode == rt.Strict && g.Policy != rt.FIFO(7) {
		t.Errorf("granted %+v", g)
	}
	if err := i.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func hangInStep(c *Child) error {
	l, err := c.NewLoop(rt.LoopConfig{Name: "stuck", Period: time.Millisecond, Mode: rt.Portable})
	if err != nil {
		return err
	}
	return l.Run(c.Context(), func(t *rt.Tick) error {
		if t.Index > 5 {
			select {}
		}
		return nil
	})
}

// stallOnce runs a loop whose step stands still once, until the parent lets it go on.
func stallOnce(c *Child) error {
	newest, err := counter.Writer(c)
	if err != nil {
		return err
	}
	l, err := c.NewLoop(rt.LoopConfig{Period: time.Millisecond, Mode: rt.Portable})
	if err != nil {
		return err
	}
	told, err := resume.Reader(c)
	if err != nil {
		return err
	}
	stood := false
	return l.Run(c.Context(), func(t *rt.Tick) error {
		if t.Index >= 5 && !stood { // the fifth may be skipped
			stood = true
			for {
				if _, ok := told.Load(); ok {
					break
				}
				<-time.After(time.Millisecond)
			}
		}
		newest.Store(uint64(t.Index))
		return nil
	})
}

// TestIsolateSafeStateIsAlone: a child that was only delayed does not act while
// SafeState runs, or after it.
func TestIsolateSafeStateIsAlone(t *testing.T) {
	var i *Isolate
	started := make(chan struct{})
	acted := make(chan [2]uint64, 1)
	i = play(t, "stall", Config{Heartbeat: 50 * time.Millisecond, SafeStateLimit: time.Minute, SafeState: func(Failure) {
		<-started
		in, err := counter.Reader(i)
		out, err2 := resume.Writer(i)
		if err := errors.Join(err, err2); err != nil {
			t.Error(err)
			return
		}
		before, _ := in.Load()
		out.Store(1)
		<-time.After(300 * time.Millisecond) // the step would be over
		after, _ := in.Load()
		acted <- [2]uint64{before, after}
	}})
	close(started)
	if e := exitError(t, i); !errors.Is(e, ErrHung) || e.Signal != unix.SIGKILL {
		t.Errorf("%v, want ErrHung and SIGKILL", e)
	}
	if ticks := <-acted; ticks[0] != ticks[1] {
		t.Errorf("the child went from tick %d to %d while SafeState ran", ticks[0], ticks[1])
	}
}

// overflowInStep calls itself in a step until the stack ends.
func overflowInStep(c *Child) error {
	l, err := c.NewLoop(rt.LoopConfig{Period: time.Millisecond, Mode: rt.Portable})
	if err != nil {
		return err
	}
	return l.Run(c.Context(), func(t *rt.Tick) error { return deeper(t, 1<<40) })
}

// deeper calls itself n times.
func deeper(t *rt.Tick, n int64) error {
	if n == 0 {
		return nil
	}
	if err := deeper(t, n-1); err != nil {
		return err
	}
	t.Skipped += n
	return nil
}

// waitInStrictStep breaks the rule of pinned steps.
func waitInStrictStep(c *Child) error {
	l, err := c.NewLoop(rt.LoopConfig{Name: "arm", Period: time.Millisecond})
	if err != nil {
		return err
	}
	return l.Run(c.Context(), func(t *rt.Tick) error { <-make(chan int); return nil })
}

// TestIsolateFailureNamesTheCrash: SafeState learns from Failure why the runtime ends
// the child, also of a stack overflow, which is no hang.
func TestIsolateFailureNamesTheCrash(t *testing.T) {
	wants := map[string]string{"panic": "panic: overheated", "overflow": "fatal error: stack overflow"}
	if err := play(t, "loop", Config{Args: []string{"strict"}}).Stop(t.Context()); err != nil {
		t.Logf("Strict steps are left out: %v", err)
	} else {
		wants["strict"] = "fatal error: schedule: holding locks (a step waited in a Strict loop)"
		if machine.NamesPinnedSteps {
			wants["strict"] = "fatal error: schedule: holding locks (loop arm: the step github.com/memkit-go/memkit/rt/isolate.waitInStrictStep.func1 waited in a Strict loop: "
		}
	}
	for role, want := range wants {
		failures := make(chan Failure, 4)
		i := play(t, role, Config{Stderr: io.Discard, SafeState: func(f Failure) { failures <- f }})
		e := exitError(t, i)
		if len(failures) != 1 {
			t.Errorf("%s: SafeState was called %d times", role, len(failures))
		}
		if f := <-failures; !strings.Contains(f.Err.Error(), want) || errors.Is(f.Err, ErrHung) {
			t.Errorf("%s: failure %v, want %q", role, f, want)
		}
		if e.Code != exitPanic || !strings.Contains(e.Error(), want) || !strings.Contains(e.Stderr, "goroutine ") {
			t.Errorf("%s: %v", role, e)
		}
	}
}

// TestIsolateHangs: a step that does not return, an entry that beats no more,
// and a stopped process.
func TestIsolateHangs(t *testing.T) {
	for _, role := range []string{"hang", "beat once"} {
		e := exitError(t, play(t, role, Config{Heartbeat: 50 * time.Millisecond}))
		if !errors.Is(e, ErrHung) || e.Signal != unix.SIGKILL {
			t.Errorf("%s: %v, want ErrHung and SIGKILL", role, e)
		}
	}
	i := play(t, "loop", Config{Args: []string{"portable"}, Heartbeat: 250 * time.Millisecond})
	for len(i.Stats()) == 0 || i.Stats()[0].Stats.Ticks == 0 {
		runtime.Gosched()
	}
	// Where the machine has let it wait for as long, it is gone already.
	if err := unix.Kill(i.PID(), unix.SIGSTOP); err != nil && !errors.Is(err, unix.ESRCH) {
		t.Fatal(err)
	}
	if e := exitError(t, i); !errors.Is(e, ErrHung) {
		t.Errorf("stopped process: %v, want ErrHung", e)
	}
}

func TestIsolateInProcessHangIsLeftBehind(t *testing.T) {
	failures := make(chan Failure, 4)
	safe := func(f Failure) { failures <- f }
	i := play(t, "beat once", Config{InProcess: true, Heartbeat: 20 * time.Millisecond, Restart: Restart{Max: 5}, SafeState: safe})
	if err := i.Wait(); !errors.Is(err, ErrHung) || !errors.Is(err, errLeftBehind) || i.Restarts() != 0 {
		t.Errorf("error %v after %d restarts", err, i.Restarts())
	}
	_, err := Start(t.Context(), playEntry, Config{Args: []string{"deaf"}, InProcess: true, FirstBeat: 20 * time.Millisecond, SafeState: safe})
	if !errors.Is(err, ErrHung) || !errors.Is(err, errLeftBehind) {
		t.Errorf("an entry that hangs before its first beat: %v", err)
	}
	for range 2 {
		if f := <-failures; !errors.Is(f.Err, ErrHung) {
			t.Errorf("SafeState was told %v, want ErrHung", f)
		}
	}
}

// TestIsolateHangsBeforeItsFirstBeat: as a process too, Start says so, and SafeState has
// been called.
func TestIsolateHangsBeforeItsFirstBeat(t *testing.T) {
	failures := make(chan Failure, 4)
	_, err := Start(t.Context(), playEntry, Config{Args: []string{"deaf"}, FirstBeat: 20 * time.Millisecond, SafeState: func(f Failure) { failures <- f }})
	var e *ExitError
	if !errors.Is(err, ErrHung) || !errors.As(err, &e) || e.Signal != unix.SIGKILL {
		t.Errorf("Start: %v, want ErrHung and SIGKILL", err)
	}
	if f := <-failures; !errors.Is(f.Err, ErrHung) || len(failures) != 0 {
		t.Errorf("SafeState was told %v, and %d more", f, len(failures))
	}
}

// TestIsolateStatsAfterStart: the loop is there when Start returns.
func TestIsolateStatsAfterStart(t *testing.T) {
	for _, inside := range []bool{false, true} {
		i, err := Start(t.Context(), playEntry, Config{Args: []string{"loop", "portable"}, InProcess: inside, FirstBeat: patient, Heartbeat: patient})
		if err != nil {
			t.Fatal(err)
		}
		if s := i.Stats()[0]; s.Name != "control" || !s.Running {
			t.Errorf("in process %v: %v", inside, s)
		}
		if err := errors.Join(i.Stop(t.Context()), i.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestIsolateStop(t *testing.T) {
	if err := play(t, "obey", Config{}).Stop(t.Context()); err != nil {
		t.Errorf("obedient: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var e *ExitError
	if err := play(t, "deaf", Config{}).Stop(ctx); !errors.As(err, &e) || e.Signal != unix.SIGKILL {
		t.Errorf("deaf: %v, want SIGKILL", err)
	}
}

func TestIsolateEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	i, err := Start(ctx, playEntry, Config{Args: []string{"obey"}, FirstBeat: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	cancel()
	if err := i.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := Start(ctx, playEntry, Config{Args: []string{"obey"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Start with an ended context: %v", err)
	}
}

// litter leaves a process behind that holds the isolate's output open.
func litter(c *Child) error {
	cmd := exec.Command("sleep", "600")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Start()
}

// TestIsolateLeavesNothingBehind: what the child started in its group ends with
// it. Wait would wait for the pipe otherwise.
func TestIsolateLeavesNothingBehind(t *testing.T) {
	i := play(t, "litter", Config{})
	if err := i.Wait(); err != nil {
		t.Error(err)
	}
	// A killed orphan stays visible until init has reaped it.
	for {
		if err := unix.Kill(-i.PID(), 0); errors.Is(err, unix.ESRCH) || groupIsDead(t, i.PID()) {
			return
		}
		runtime.Gosched()
	}
}

// groupIsDead reports whether all members of a process group are zombies.
func groupIsDead(t *testing.T, group int) bool {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if fields[2] == strconv.Itoa(group) && fields[0] != "Z" {
			return false
		}
	}
	return true
}

func talk(c *Child) error {
	w := bufio.NewWriter(os.Stdout)
	for n := range 20_000 {
		fmt.Fprintln(w, n)
	}
	w.Flush()
	fmt.Fprintln(os.Stderr, "done")
	return nil
}

// chat writes to both outputs at once.
func chat(*Child) error {
	var both sync.WaitGroup
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		both.Go(func() {
			for range 5000 {
				fmt.Fprintln(f, "word")
			}
		})
	}
	both.Wait()
	return nil
}

// strictWriter notices two Writes at a time.
type strictWriter struct {
	busy, overlapped atomic.Bool
	lines            int
}

func (w *strictWriter) Write(b []byte) (int, error) {
	if !w.busy.CompareAndSwap(false, true) {
		w.overlapped.Store(true)
		return len(b), nil
	}
	for range 100 {
		runtime.Gosched()
	}
	w.lines += strings.Count(string(b), "\n")
	w.busy.Store(false)
	return len(b), nil
}

// failingWriter takes one Write.
type failingWriter struct{ writes int }

func (f *failingWriter) Write(b []byte) (int, error) {
	f.writes++
	return 0, errors.New("disk full")
}

func TestIsolateOutput(t *testing.T) {
	var out, errs strings.Builder
	if err := play(t, "talk", Config{Stdout: &out, Stderr: &errs}).Wait(); err != nil {
		t.Error(err)
	}
	if lines := strings.Count(out.String(), "\n"); lines != 20_000 || errs.String() != "done\n" {
		t.Errorf("%d lines and %q came", lines, errs.String())
	}
	both := &strictWriter{}
	if err := play(t, "chat", Config{Stdout: both, Stderr: both}).Wait(); err != nil || both.lines != 10_000 || both.overlapped.Load() {
		t.Errorf("%v; %d lines in one writer for both, two at a time: %v", err, both.lines, both.overlapped.Load())
	}
	full := &failingWriter{}
	if err := play(t, "talk", Config{Stdout: full, Stderr: io.Discard}).Wait(); err != nil || full.writes != 1 {
		t.Errorf("%v after %d writes to a writer that fails", err, full.writes)
	}
}

// TestIsolateDeathIsSeenInChannels: the parent's ends say what became of the
// child's, without a look at the process.
func TestIsolateDeathIsSeenInChannels(t *testing.T) {
	for role, want := range map[string]error{"killed": ring.ErrAbandoned, "nothing": ring.ErrClosed} {
		i := play(t, "generate", Config{Args: []string{role}})
		in, err := facts.Consumer(i)
		if err != nil {
			t.Fatal(err)
		}
		i.Wait()
		if err := in.Err(); !errors.Is(err, want) {
			t.Errorf("%s: the consumer's Err is %v, want %v", role, err, want)
		}
	}
}

// stuckWriter stands still until it is freed.
type stuckWriter struct{ free chan struct{} }

func (w stuckWriter) Write(b []byte) (int, error) {
	<-w.free
	return len(b), nil
}

// TestIsolateSafeStateDoesNotWaitForOutput: a terminal that stands still must
// not keep the motors running.
func TestIsolateSafeStateDoesNotWaitForOutput(t *testing.T) {
	stuck := stuckWriter{make(chan struct{})}
	i := play(t, "panic", Config{Stderr: stuck, SafeState: func(d Failure) {
		var e *ExitError
		if !errors.As(d.Err, &e) || e.Code != 2 {
			t.Errorf("down: %v, want exit status 2", d.Err)
		}
		close(stuck.free)
	}})
	if e := exitError(t, i); !strings.Contains(e.Stderr, "panic: overheated") {
		t.Errorf("standard error %q", e.Stderr)
	}
}

// TestIsolateChannelsSurviveCrashes: a child that is killed in the
// midst of echoing loses at most the message it held.
func TestIsolateChannelsSurviveCrashes(t *testing.T) {
	i, err := Start(t.Context(), echoEntry, Config{
		FirstBeat: patient, Heartbeat: patient,
		Channels: []Channel{questions, answers}, Restart: Restart{Max: 3, Backoff: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	out, err := questions.Producer(i)
	if err != nil {
		t.Fatal(err)
	}
	in, err := answers.Consumer(i)
	if err != nil {
		t.Fatal(err)
	}
	const n = 20_000
	lost := 0
	for sent, next := uint64(0), uint64(0); next < n; {
		if sent < n && out.Push(message{Number: sent}) {
			if sent++; sent%(n/4) == 0 && sent < n {
				pid := i.PID()
				if err := unix.Kill(pid, unix.SIGKILL); err != nil {
					t.Fatal(err)
				}
				for i.PID() == pid {
					runtime.Gosched()
				}
			}
		}
		m, ok := in.Pop()
		switch {
		case !ok:
			runtime.Gosched()
		case m.Number < next:
			t.Fatalf("message %d came after %d", m.Number, next-1)
		default:
			lost += int(m.Number - next)
			next = m.Number + 1
		}
	}
	if lost > 3 {
		t.Errorf("%d messages lost in 3 crashes, want at most the one that each child held", lost)
	}
	if err := i.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
