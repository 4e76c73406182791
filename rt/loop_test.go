package rt

import (
	"errors"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestLoopConfigRefused(t *testing.T) {
	ms := time.Millisecond
	for _, c := range []struct {
		name  string
		cfg   LoopConfig
		field string
		text  string
	}{
		{"no period", LoopConfig{}, "LoopConfig.Period",
			"rt: LoopConfig.Period 0s: must be positive; give the distance of two activations, e.g. time.Millisecond"},
		{"negative period", LoopConfig{Period: -ms}, "LoopConfig.Period", "must be positive"},
		{"period below the wake cost", LoopConfig{Period: 49 * time.Microsecond}, "LoopConfig.Period",
			"rt: LoopConfig.Period 49µs: is shorter than a wake-up costs; give at least 50µs"},
		{"mode", LoopConfig{Period: ms, Mode: 17}, "LoopConfig.Mode", "Mode(17)"},
		{"priority 0", LoopConfig{Period: ms, Policy: FIFO(0)}, "LoopConfig.Policy", "FIFO(1) to FIFO(99)"},
		{"priority 100", LoopConfig{Period: ms, Policy: FIFO(100)}, "LoopConfig.Policy", "FIFO(1) to FIFO(99)"},
		{"strict without real time", LoopConfig{Period: ms, Policy: Other}, "LoopConfig.Policy", "which strict needs"},
		{"cooperative without real time", LoopConfig{Period: ms, Mode: Cooperative, Policy: Other}, "LoopConfig.Policy", "which cooperative needs"},
		{"portable with real time", LoopConfig{Period: ms, Mode: Portable, Policy: FIFO(3)}, "LoopConfig.Policy", "SCHED_FIFO 3: needs a privilege"},
		{"deadline 0", LoopConfig{Period: ms, Policy: Deadline(ms/2, 0)}, "LoopConfig.Policy", "Deadline with at least 1µs"},
		{"runtime 1 µs", LoopConfig{Period: ms, Policy: Deadline(1, ms)}, "LoopConfig.Policy", "2µs ≤ runtime"},
		{"runtime beyond the deadline", LoopConfig{Period: ms, Policy: Deadline(ms/2, ms/4)}, "LoopConfig.Policy",
			"rt: LoopConfig.Policy SCHED_DEADLINE 500µs of 250µs: does not keep 2µs ≤ runtime ≤ deadline ≤ period 1ms; give e.g. SCHED_DEADLINE 200µs of 500µs"},
		{"deadline beyond the period", LoopConfig{Period: ms, Policy: Deadline(ms/2, 2*ms)}, "LoopConfig.Policy", "deadline ≤ period 1ms"},
		{"deadline on one CPU", LoopConfig{Period: ms, Policy: Deadline(ms/4, ms/2), CPU: OnCPU(2)}, "LoopConfig.CPU",
			"rt: LoopConfig.CPU 2: a SCHED_DEADLINE thread must be allowed on every CPU; leave it AnyCPU, or give Policy FIFO(80)"},
		{"portable with a deadline", LoopConfig{Period: ms, Mode: Portable, Policy: Deadline(ms/4, ms/2)}, "LoopConfig.Policy", "needs a privilege"},
		{"margin 0", LoopConfig{Period: ms, Wake: Hybrid(0)}, "LoopConfig.Wake", "positive margin"},
		{"margin above half", LoopConfig{Period: ms, Wake: Hybrid(501 * time.Microsecond)}, "LoopConfig.Wake", "give a margin of at most 500µs"},
		{"catch up 0", LoopConfig{Period: ms, Overrun: CatchUp(0)}, "LoopConfig.Overrun", "CatchUp(1)"},
		{"stop wait", LoopConfig{Period: ms, StopWait: -ms}, "LoopConfig.StopWait", "must not be negative"},
		{"no such CPU", LoopConfig{Period: ms, CPU: OnCPU(4)}, "LoopConfig.CPU",
			"rt: LoopConfig.CPU 4: this machine has no such CPU; give one of 0-2"},
		{"negative CPU", LoopConfig{Period: ms, CPU: OnCPU(-1)}, "LoopConfig.CPU", "no CPU has a negative number"},
		{"CPU offline", LoopConfig{Period: ms, CPU: OnCPU(3)}, "LoopConfig.CPU",
			"rt: LoopConfig.CPU 3: the CPU is offline; write 1 to /sys/devices/system/cpu/cpu3/online, or give one of 0-2"},
		{"CPU of the others", LoopConfig{Period: ms, CPU: OnCPU(0)}, "LoopConfig.CPU",
			"rt: LoopConfig.CPU 0: the process's other threads run there; give one of 2, or Setup with LoopCPUs that contain it"},
		{"Auto does not hide a mistake", LoopConfig{Period: ms, Mode: Auto, CPU: OnCPU(9)}, "LoopConfig.CPU", "no such CPU"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, s, p := setUpKernel(t, ProcessConfig{})
			before := k.state.clone()
			_, err := newLoop(c.cfg, s, p)
			wantConfigError(t, err, c.field)
			if err != nil && !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %q does not say %q", err, c.text)
			}
			k.unchanged(before)
		})
	}
}

// TestPeriodBelowTheWakeCost: what a wake-up costs is measured, under the policy
// that the loop will have; one cheap one is proof enough.
func TestPeriodBelowTheWakeCost(t *testing.T) {
	for _, mode := range []Mode{Strict, Cooperative, Auto} {
		k, s, p := setUpKernel(t, ProcessConfig{})
		before := k.state.clone()
		k.late = slices.Repeat([]int64{126_000}, wakeTries)
		k.late[17] = 125_001
		cfg := LoopConfig{Period: 250 * time.Microsecond, Mode: mode}
		_, err := newLoop(cfg, s, p)
		wantConfigError(t, err, "LoopConfig.Period")
		if want := "rt: LoopConfig.Period 250µs: is too short for this machine, where a wake-up costs 125.001µs; give at least 250.002µs"; err != nil && err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
		k.late = []int64{900_000, 300_000, 125_000}
		if _, err := newLoop(cfg, s, p); err != nil {
			t.Error(err)
		}
		k.unchanged(before)
	}
}

func TestCPUOutsideTheCpuset(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	p.allowed = []int{1, 2}
	_, err := newLoop(LoopConfig{Period: time.Second, CPU: OnCPU(0)}, s, p)
	wantConfigError(t, err, "LoopConfig.CPU")

	// With sysfs hidden, as in some containers, the affinity mask still tells.
	k.refuse["cpus"] = syscall.ENOENT
	_, err = newLoop(LoopConfig{Period: time.Second, CPU: OnCPU(7)}, s, p)
	wantConfigError(t, err, "LoopConfig.CPU")
}

func TestGranted(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  LoopConfig
		want Granted
	}{
		{"strict", LoopConfig{}, Granted{
			Mode: Strict, Policy: FIFO(80), CPU: OnCPU(2), Pinned: true, SignalsBlocked: true,
			Confined: true, MemoryLocked: true, CollectorOff: true,
		}},
		{"strict, named", LoopConfig{CPU: OnCPU(2), Policy: FIFO(7), Wake: Timerfd}, Granted{
			Mode: Strict, Policy: FIFO(7), CPU: OnCPU(2), Wake: Timerfd, Pinned: true, SignalsBlocked: true,
			Confined: true, MemoryLocked: true, CollectorOff: true,
		}},
		{"auto", LoopConfig{Mode: Auto}, Granted{
			Mode: Strict, Policy: FIFO(80), CPU: OnCPU(2), Pinned: true, SignalsBlocked: true,
			Confined: true, MemoryLocked: true, CollectorOff: true,
		}},
		{"cooperative", LoopConfig{Mode: Cooperative}, Granted{
			Mode: Cooperative, Policy: FIFO(80), MemoryLocked: true, CollectorOff: true,
		}},
		{"portable", LoopConfig{Mode: Portable, CPU: OnCPU(1)}, Granted{
			Mode: Portable, Policy: Other, CPU: OnCPU(1), TimerSlack: 1, MemoryLocked: true, CollectorOff: true,
		}},
		{"deadline", LoopConfig{Policy: Deadline(99_001, 500_999)}, Granted{
			Mode: Strict, Policy: Deadline(100*time.Microsecond, 500*time.Microsecond), period: time.Millisecond,
			Pinned: true, SignalsBlocked: true, MemoryLocked: true, CollectorOff: true,
		}},
		{"auto under the ordinary policy", LoopConfig{Mode: Auto, Policy: Other}, Granted{
			Mode: Portable, Policy: Other, TimerSlack: 1, MemoryLocked: true, CollectorOff: true,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, s, p := setUpKernel(t, ProcessConfig{})
			before := k.state.clone()
			l := mustLoop(t, c.cfg, s, p)
			if got := l.Granted(); !reflect.DeepEqual(got, c.want) {
				t.Fatalf("Granted\n got %+v\nwant %+v", got, c.want)
			}
			k.unchanged(before)
			err := l.Run(t.Context(), func(*Tick) error {
				k.checkThread(c.want)
				return ErrStop
			})
			if err != nil {
				t.Fatal(err)
			}
			k.unchanged(before)
		})
	}
}

// checkThread compares the settings of the loop's thread with those granted.
func (k *kernel) checkThread(g Granted) {
	k.t.Helper()
	wantPolicy := machine.Scheduling{}
	if g.Policy > 0 {
		wantPolicy = g.Policy.scheduling(g.period)
	}
	if k.state.policy != wantPolicy {
		k.t.Errorf("policy %+v, want %+v", k.state.policy, wantPolicy)
	}
	if cpu, named := g.CPU.Number(); named && !slices.Equal(k.state.affinity[callingThread], []int{cpu}) {
		k.t.Errorf("affinity %v, want CPU %d", k.state.affinity[callingThread], cpu)
	}
	if g.Policy > reserved && !slices.Equal(k.state.affinity[callingThread], k.online) {
		k.t.Errorf("affinity %v, want every CPU", k.state.affinity[callingThread])
	}
	if k.state.blocked != g.SignalsBlocked {
		k.t.Errorf("signals blocked: %v, want %v", k.state.blocked, g.SignalsBlocked)
	}
	if g.TimerSlack != 0 && k.state.slack != g.TimerSlack {
		k.t.Errorf("timer slack %d, want %d", k.state.slack, g.TimerSlack)
	}
	if (k.pins == 1) != g.Pinned {
		k.t.Errorf("%d pins, want pinned %v", k.pins, g.Pinned)
	}
	if k.state.locks != 1 {
		k.t.Errorf("locked to the thread %d times, want 1", k.state.locks)
	}
}

func TestLoopsTakeCPUsInTurn(t *testing.T) {
	_, s, p := setUpKernel(t, ProcessConfig{Loops: 3, LoopCPUs: []int{2, 1}})
	for _, want := range []int{1, 2, 1} {
		l := mustLoop(t, LoopConfig{}, s, p)
		if got := l.Granted().CPU; got != OnCPU(want) {
			t.Errorf("CPU %v, want %d", got, want)
		}
	}
}

func TestPrivilegeErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		nice  bool
		limit int
		want  string
	}{
		{"ordinary user", false, 0, "SCHED_FIFO refused: EPERM; need CAP_SYS_NICE or RLIMIT_RTPRIO ≥ 80, have 0; " +
			"run as root, set LimitRTPRIO=80 in the unit, or `ulimit -r 80`"},
		{"limit too low", false, 50, "SCHED_FIFO refused: EPERM; need CAP_SYS_NICE or RLIMIT_RTPRIO ≥ 80, have 50; " +
			"run as root, set LimitRTPRIO=80 in the unit, or `ulimit -r 80`"},
		{"control group", true, 0, "SCHED_FIFO refused: EPERM; need a control group with cpu.rt_runtime_us above 0, " +
			"and no seccomp filter on sched_setattr, have CAP_SYS_NICE, and still refused; " +
			"give the group real-time bandwidth, or move the process to the root group"},
	} {
		for _, mode := range []Mode{Strict, Cooperative} {
			t.Run(c.name+"/"+mode.String(), func(t *testing.T) {
				k, s, p := setUpKernel(t, ProcessConfig{})
				k.caps[machine.CapSysNice], k.limit = c.nice, c.limit
				k.refuse["set policy"] = syscall.EPERM
				before := k.state.clone()
				_, err := newLoop(LoopConfig{Period: time.Millisecond, Mode: mode}, s, p)
				var privilege *PrivilegeError
				if !errors.As(err, &privilege) || !errors.Is(err, syscall.EPERM) {
					t.Fatalf("error %v, want a PrivilegeError of EPERM", err)
				}
				if privilege.Error() != c.want {
					t.Errorf("error\n got %q\nwant %q", privilege, c.want)
				}
				k.unchanged(before)
			})
		}
	}
}

// TestDeadlineRefused: SCHED_DEADLINE needs more than FIFO does, and the kernel
// admits only what fits.
func TestDeadlineRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		nice bool
		err  error
		want string
	}{
		{"ordinary user", false, syscall.EPERM, "SCHED_DEADLINE refused: EPERM; need CAP_SYS_NICE, have no such capability; " +
			"run as root, set AmbientCapabilities=CAP_SYS_NICE in the unit, or give Policy FIFO(80)"},
		{"cpuset", true, syscall.EPERM, "SCHED_DEADLINE refused: EPERM; need every CPU of the root domain, and no seccomp filter on sched_setattr, " +
			"have CAP_SYS_NICE, and still refused; widen the process's cpuset to all CPUs or make it a partition root, or give Policy FIFO(80)"},
		{"admission", true, syscall.EBUSY, "rt: SCHED_DEADLINE 400µs of 500µs every 1ms does not fit next to the other reservations (EBUSY); " +
			"give a smaller runtime, or end other SCHED_DEADLINE threads"},
		{"period", true, syscall.EINVAL, "rt: SCHED_DEADLINE 400µs of 500µs every 1ms: " +
			"the period is outside kernel.sched_deadline_period_min_us and _max_us: invalid argument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, s, p := setUpKernel(t, ProcessConfig{})
			k.caps[machine.CapSysNice], k.refuse["set policy"] = c.nice, c.err
			before := k.state.clone()
			cfg := LoopConfig{Period: time.Millisecond, Policy: Deadline(400*time.Microsecond, 500*time.Microsecond)}
			_, err := newLoop(cfg, s, p)
			if err == nil || err.Error() != c.want || !errors.Is(err, c.err) {
				t.Errorf("error\n got %q\nwant %q", err, c.want)
			}
			if got := errors.Is(err, ErrNoBandwidth); got != (c.err == syscall.EBUSY) {
				t.Errorf("ErrNoBandwidth: %v", got)
			}
			k.unchanged(before)
		})
	}
}

func TestAutoDegrades(t *testing.T) {
	period := time.Millisecond
	t.Run("without setup", func(t *testing.T) {
		k := newKernel(t)
		l, err := newLoop(LoopConfig{Period: period, Mode: Auto}, k.system(), nil)
		if err != nil {
			t.Fatal(err)
		}
		want := Granted{Mode: Cooperative, Policy: FIFO(80), Missing: []string{"strict: " + ErrNoSetup.Error()}}
		if got := l.Granted(); !reflect.DeepEqual(got, want) {
			t.Errorf("Granted %+v, want %+v", got, want)
		}
	})
	t.Run("without privilege", func(t *testing.T) {
		k, s, p := setUpKernel(t, ProcessConfig{})
		k.caps[machine.CapSysNice] = false
		k.refuse["set policy"] = syscall.EPERM
		before := k.state.clone()
		l, err := newLoop(LoopConfig{Period: period, Mode: Auto, Policy: FIFO(9)}, s, p)
		if err != nil {
			t.Fatal(err)
		}
		got := l.Granted()
		if got.Mode != Portable || got.Policy != Other || got.Pinned || got.TimerSlack != 1 {
			t.Errorf("Granted %+v, want portable", got)
		}
		if len(got.Missing) != 2 || !strings.HasPrefix(got.Missing[0], "strict: SCHED_FIFO refused: EPERM") ||
			!strings.HasPrefix(got.Missing[1], "cooperative: SCHED_FIFO refused: EPERM") {
			t.Errorf("Missing %q", got.Missing)
		}
		k.unchanged(before)
	})
	t.Run("on another system", func(t *testing.T) {
		k := newKernel(t)
		s := k.system()
		s.OS = "darwin"
		l, err := newLoop(LoopConfig{Period: period, Mode: Auto}, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Granted(); got.Mode != Portable || got.TimerSlack != 0 || len(got.Missing) != 2 {
			t.Errorf("Granted %+v, want portable", got)
		}
	})
	t.Run("fails when nothing is left", func(t *testing.T) {
		k := newKernel(t)
		s := k.system()
		s.OS = "darwin"
		_, err := newLoop(LoopConfig{Period: period, Mode: Auto, Wake: Timerfd}, s, nil)
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("error %v, want ErrUnsupported", err)
		}
	})
}

func TestUnsupportedNamesTheSystem(t *testing.T) {
	k := newKernel(t)
	s := k.system()
	s.OS = "windows"
	for _, c := range []struct {
		cfg  LoopConfig
		want string
	}{
		{LoopConfig{}, "rt: strict on windows: unsupported operation; use Mode Portable or Auto"},
		{LoopConfig{Mode: Cooperative}, "rt: cooperative on windows: unsupported operation; use Mode Portable or Auto"},
		{LoopConfig{Mode: Portable, CPU: OnCPU(0)}, "rt: a loop's CPU on windows: unsupported operation; use AnyCPU"},
		{LoopConfig{Mode: Portable, Wake: Timerfd}, "rt: Timerfd on windows: unsupported operation; use Sleep"},
	} {
		c.cfg.Period = time.Millisecond
		_, err := newLoop(c.cfg, s, nil)
		if !errors.Is(err, ErrUnsupported) || err.Error() != c.want {
			t.Errorf("error %q, want %q", err, c.want)
		}
	}

	_, s, p := setUpKernel(t, ProcessConfig{})
	s.Hooked = false
	_, err := newLoop(LoopConfig{Period: time.Millisecond}, s, p)
	if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "go1.") {
		t.Errorf("error %v, want ErrUnsupported that names the Go version", err)
	}
}

// TestEveryRefusalIsTakenBack fails each call of making and running a loop in
// turn, and expects the error, and the machine as it was.
func TestEveryRefusalIsTakenBack(t *testing.T) {
	configs := []LoopConfig{
		{}, {Wake: Timerfd}, {Mode: Cooperative, CPU: OnCPU(1)}, {Mode: Portable, CPU: OnCPU(1), Wake: Timerfd},
	}
	for _, op := range []string{
		"get affinity", "set affinity", "get policy", "set policy", "block signals", "get slack", "open timerfd",
	} {
		refused := 0
		for _, c := range configs {
			k, s, p := setUpKernel(t, ProcessConfig{})
			before := k.state.clone()
			l := mustLoop(t, c, s, p)

			k.calls = nil
			k.refuse[op] = syscall.EIO
			err := l.Run(t.Context(), func(*Tick) error { return ErrStop })
			if _, newErr := newLoop(l.cfg, s, p); (err == nil) != (newErr == nil) {
				t.Errorf("%s refused: Run says %v and NewLoop %v", op, err, newErr)
			}
			delete(k.refuse, op)
			if slices.Contains(k.calls, op) {
				refused++
				if !errors.Is(err, syscall.EIO) {
					t.Errorf("%s refused: error %v, want EIO", op, err)
				}
			}
			if op == "set affinity" || op == "set policy" || op == "get slack" {
				continue // a call that fails cannot restore a setting
			}
			k.unchanged(before)
		}
		if refused == 0 {
			t.Errorf("no loop calls %q", op)
		}
	}
}

func TestRestoreWithoutCapability(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	k.caps[machine.CapSysNice] = false // a limit of 80 lets the loop in
	l := mustLoop(t, LoopConfig{}, s, p)
	if err := l.Run(t.Context(), func(*Tick) error { return ErrStop }); err != nil {
		t.Fatal(err)
	}
	if want := (machine.Scheduling{Flags: machine.ResetOnFork}); k.state.policy != want {
		t.Errorf("policy %+v, want %+v", k.state.policy, want)
	}
}

// TestFailedRestoreKeepsTheThread: the goroutine must stay locked, so that the
// runtime gives the thread to no other goroutine.
func TestFailedRestoreKeepsTheThread(t *testing.T) {
	k, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{}, s, p)
	err := l.Run(t.Context(), func(*Tick) error {
		k.refuse["set policy"] = syscall.EINVAL
		return ErrStop
	})
	if !errors.Is(err, syscall.EINVAL) {
		t.Errorf("error %v, want EINVAL", err)
	}
	if k.state.locks != 1 {
		t.Errorf("locked to the thread %d times, want 1", k.state.locks)
	}
}

func TestStrings(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Strict.String(), "strict"}, {Auto.String(), "auto"}, {Mode(9).String(), "Mode(9)"},
		{FIFO(80).String(), "SCHED_FIFO 80"}, {Other.String(), "SCHED_OTHER"}, {FIFO(100).String(), "invalid policy"},
		{Deadline(100*time.Microsecond, time.Second).String(), "SCHED_DEADLINE 100µs of 1s"}, {Deadline(time.Second, time.Hour).String(), "invalid policy"}, {Policy(0).String(), "default"},
		{FIFO(100).String(), "invalid policy"},
		{Sleep.String(), "sleep"}, {Timerfd.String(), "timerfd"}, {Hybrid(60 * time.Microsecond).String(), "hybrid 60µs"},
		{Hybrid(-1).String(), "invalid wake"},
		{Skip.String(), "skip"}, {Rebase.String(), "rebase"}, {Stop.String(), "stop"}, {CatchUp(3).String(), "catch up 3"},
		{CatchUp(-1).String(), "invalid overrun"},
		{AnyCPU.String(), "any"}, {OnCPU(0).String(), "0"},
	} {
		if c.got != c.want {
			t.Errorf("String %q, want %q", c.got, c.want)
		}
	}
}

// TestDeadlineIsRounded: the runtime up and the deadline down, so that whole
// microseconds reserve no less.
func TestDeadlineIsRounded(t *testing.T) {
	const us = time.Microsecond
	for _, c := range []struct{ runtime, deadline, wantRuntime, wantDeadline time.Duration }{
		{2 * us, 5 * us, 2 * us, 5 * us}, {2*us + 1, 5*us - 1, 3 * us, 4 * us}, {3*us - 1, 5*us + 999, 3 * us, 5 * us},
	} {
		if runtime, deadline := Deadline(c.runtime, c.deadline).Reservation(); runtime != c.wantRuntime || deadline != c.wantDeadline {
			t.Errorf("%v of %v: %v of %v, want %v of %v", c.runtime, c.deadline, runtime, deadline, c.wantRuntime, c.wantDeadline)
		}
	}
}
