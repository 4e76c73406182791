package rt

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt/internal/machine"
)

// kernel is a machine with a virtual clock: time passes in sleeps and where a
// test moves it. It keeps the state that rt changes, so that a test can compare
// it with the state before, and refuses what it is told to.
type kernel struct {
	t *testing.T

	mu   sync.Mutex
	time int64

	reads int // of the clock

	// The loop's thread.
	late       []int64 // lateness of each wake in turn, then 0
	interrupts int     // sleeps that a signal ends
	sleepError syscall.Errno
	relaxed    int
	named      []string // steps
	p          int      // the P that pin answers
	pins       int      // pins less unpins
	passes     []bool
	stalls     bool // what a pass takes is the machine's doing
	passTakes  int64
	onPass     func()
	inMark     bool
	ask        func(now int64) bool // whether someone asks the loop to yield
	served     bool                 // the queue of the P
	yields     []int                // pins at each
	spun       bool                 // the last waitOutside spun
	outside    []int64              // what each waitOutside takes, then 0

	// refuse maps an operation to its error.
	refuse map[string]error
	calls  []string

	state    state
	newborn  []map[int][]int // threads that each listing is followed by
	usage    machine.Usage
	waits    procfs.Schedstat
	held     machine.PCounts // but for p and known
	limit    int
	heap     int64
	lockable uint64
	caps     map[int]bool
	present  []int
	online   []int
}

// state is all that must be the same after everything is closed.
type state struct {
	locks        int
	affinity     map[int][]int
	policy       machine.Scheduling
	blocked      bool
	slack        int
	open         map[int]string
	memoryLocked bool
	procs        int
	procsAuto    bool // the runtime keeps it at its default
	gcPercent    int
	memoryLimit  int64
}

func (s state) clone() state {
	s.affinity, s.open = maps.Clone(s.affinity), maps.Clone(s.open)
	return s
}

const callingThread = 0

// newKernel is a machine of four CPUs, one of them offline, run by root.
func newKernel(t *testing.T) *kernel {
	return &kernel{
		t: t, time: 1_000_000_000, p: 1,
		refuse: map[string]error{},
		state: state{
			affinity: map[int][]int{callingThread: {0, 1, 2}, 101: {0, 1, 2}, 102: {1, 2}},
			slack:    50_000, open: map[int]string{}, procs: 3, procsAuto: true, gcPercent: 100, memoryLimit: 1 << 62,
		},
		lockable: 8 << 20,
		caps:     map[int]bool{machine.CapIPCLock: true, machine.CapSysNice: true},
		present:  []int{0, 1, 2, 3}, online: []int{0, 1, 2},
	}
}

// pass lets a stop pass.
func (k *kernel) pass(collection bool) {
	k.passes = append(k.passes, collection)
	k.time += k.passTakes
	if k.passTakes > 0 && !k.stalls {
		k.held.Schedules++
	}
	if k.onPass != nil {
		k.onPass()
	}
}

// unchanged fails the test if anything differs from before.
func (k *kernel) unchanged(before state) {
	k.t.Helper()
	if got, want := fmt.Sprintf("%+v", k.state), fmt.Sprintf("%+v", before); got != want {
		k.t.Errorf("the machine was left changed:\n got %s\nwant %s", got, want)
	}
	if k.pins != 0 {
		k.t.Errorf("%d pins are left", k.pins)
	}
	if len(k.named) != 0 {
		k.t.Errorf("the steps %q are still named", k.named)
	}
}

// call notes an operation and answers with its refusal, if there is one.
func (k *kernel) call(name string) error {
	k.calls = append(k.calls, name)
	return k.refuse[name]
}

// unpinned fails the test if a file is opened by a pinned goroutine, which may lose
// its P to that.
func (k *kernel) unpinned(file string) {
	if k.pins != 0 {
		k.t.Errorf("%s is opened while pinned", file)
	}
}

// mostReads is far more often than any test reads the clock: who waits for a time
// without a sleep would wait without end.
const mostReads = 20_000_000

func (k *kernel) now() int64 {
	if k.reads++; k.reads > mostReads {
		panic("the virtual clock is read without end")
	}
	return k.time
}

func (k *kernel) sleep(until int64) syscall.Errno {
	if k.sleepError != 0 {
		return k.sleepError
	}
	if k.interrupts > 0 {
		k.interrupts--
		k.time += (until - k.time) / 2
		return syscall.EINTR
	}
	k.time = max(k.time, until)
	if len(k.late) > 0 {
		k.time += k.late[0]
		k.late = k.late[1:]
	}
	return 0
}

func (k *kernel) open(name string) (int, error) {
	if err := k.call("open " + name); err != nil {
		return -1, err
	}
	fd := 3 + len(k.state.open)
	k.state.open[fd] = name
	return fd, nil
}

// system is the kernel's table.
func (k *kernel) system() *machine.System {
	locked := func(f func()) { k.mu.Lock(); defer k.mu.Unlock(); f() }
	return &machine.System{
		OS: "linux", Hooked: true,

		Now:       k.now,
		Sleep:     k.sleep,
		SleepRaw:  k.sleep,
		TimerWait: func(_ int, until int64) syscall.Errno { return k.sleep(until) },
		TimerRaw:  func(_ int, until int64) syscall.Errno { return k.sleep(until) },
		Relax: func(n uint32) {
			if n == spinHints {
				k.relaxed++
				k.time += 100
			}
		},
		Pin:           func() int { k.pins++; return k.p },
		Unpin:         func() { k.pins-- },
		Marking:       func() bool { return k.inMark },
		StopRequested: func() bool { return k.ask != nil && k.ask(k.time) },
		PassOutside:   func() { k.pass(k.inMark) },
		Pass:          k.pass,
		Nap:           func() {},
		ReadP: func() machine.PCounts {
			h := k.held
			h.P, h.Known = k.p, true
			return h
		},
		Yield: func() { k.yields = append(k.yields, k.pins) },
		Enqueue: func(f func()) {
			if k.served {
				f()
			}
		},
		WaitOutside: func(phase *atomic.Uint32, spin bool) int64 {
			k.spun = spin
			for phase.Load() != machine.Finished {
				runtime.Gosched()
			}
			if len(k.outside) == 0 {
				return 0
			}
			taking := k.outside[0]
			k.outside = k.outside[1:]
			return taking
		},

		LockThread:   func() { locked(func() { k.state.locks++ }) },
		UnlockThread: func() { locked(func() { k.state.locks-- }) },
		NamePinnedStep: func(name string) func() {
			k.named = append(k.named, name)
			return func() { k.named = k.named[:len(k.named)-1] }
		},
		Scheduling: func(int) (machine.Scheduling, error) {
			return k.state.policy, k.call("get policy")
		},
		SetScheduling: func(_ int, s machine.Scheduling) error {
			if err := k.call("set policy"); err != nil {
				return err
			}
			if !k.caps[machine.CapSysNice] && k.state.policy.Flags&^s.Flags&machine.ResetOnFork != 0 {
				return syscall.EPERM
			}
			k.state.policy = s
			return nil
		},
		Affinity: func(tid int) ([]int, error) {
			if err := k.call("get affinity"); err != nil {
				return nil, err
			}
			cpus, ok := k.state.affinity[tid]
			if !ok {
				return nil, syscall.ESRCH
			}
			return slices.Clone(cpus), nil
		},
		SetAffinity: func(tid int, cpus []int) error {
			if err := k.call("set affinity"); err != nil {
				return err
			}
			if _, ok := k.state.affinity[tid]; !ok {
				return syscall.ESRCH
			}
			k.state.affinity[tid] = slices.Clone(cpus)
			return nil
		},
		BlockSignals: func() (func() error, error) {
			if err := k.call("block signals"); err != nil {
				return nil, err
			}
			k.state.blocked = true
			return func() error { k.state.blocked = false; return nil }, nil
		},
		TimerSlack:    func() (int, error) { return k.state.slack, k.call("get slack") },
		SetTimerSlack: func(ns int) error { k.state.slack = ns; return k.call("set slack") },
		OpenTimer:     func() (int, error) { return k.open("timerfd") },
		CloseFD:       func(fd int) error { delete(k.state.open, fd); return nil },
		ThreadID:      func() int { return 0 },
		ThreadUsage:   func() (machine.Usage, error) { return k.usage, k.refuse["usage"] },
		OpenSchedstat: func() (int, error) { k.unpinned("schedstat"); return k.open("schedstat") },
		ReadSchedstat: func(fd int) (procfs.Schedstat, bool) { return k.waits, fd >= 0 && k.state.open[fd] == "schedstat" },
		OpenStat:      func() (int, error) { k.unpinned("stat"); return -1, errors.ErrUnsupported },
		Throttle:      func() int64 { k.unpinned("throttle"); return 50 * period },
		PriorityLimit: func() int { return k.limit },
		HasCapability: func(bit int) bool { return k.caps[bit] },

		Pause: func(time.Duration) {},
		Threads: func() ([]int, error) {
			if err := k.call("threads"); err != nil {
				return nil, err
			}
			tids := slices.Sorted(maps.Keys(k.state.affinity))
			if len(k.newborn) > 0 {
				maps.Copy(k.state.affinity, k.newborn[0])
				k.newborn = k.newborn[1:]
			}
			return append(tids, 999), nil // 999 has just ended
		},
		CPUs: func() ([]int, []int, error) { return k.present, k.online, k.call("cpus") },
		LockMemory: func() error {
			if err := k.call("lock memory"); err != nil {
				return err
			}
			k.state.memoryLocked = true
			return nil
		},
		UnlockMemory:    func() error { k.state.memoryLocked = false; return k.call("unlock memory") },
		LockedMemory:    func() (int, error) { return 0, k.call("locked memory") },
		MemoryLimit:     func() (uint64, bool) { return k.lockable, k.lockable == ^uint64(0) },
		HeapBytes:       func() int64 { return k.heap },
		AvailableMemory: func() int64 { return 1000 << 20 },
		OpenLatency:     func(int32) (int, error) { return k.open("latency") },
		SetProcs:        k.setProcs,
		DefaultProcs:    func() { k.state.procs, k.state.procsAuto = 3, true },
		SetGCPercent:    func(p int) int { return swap(&k.state.gcPercent, p) },
		SetMemoryLimit:  func(n int64) int64 { return swap(&k.state.memoryLimit, n) },
	}
}

func (k *kernel) setProcs(n int) int {
	if n < 1 {
		return k.state.procs
	}
	k.state.procsAuto = false
	return swap(&k.state.procs, n)
}

func swap[T any](p *T, v T) (before T) {
	before, *p = *p, v
	return before
}

// setUpKernel is the machine after Setup, whose Process is closed by the test's
// end.
func setUpKernel(t *testing.T, c ProcessConfig) (*kernel, *machine.System, *Process) {
	t.Helper()
	k := newKernel(t)
	s := k.system()
	p, err := setUp(c, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return k, s, p
}

// wantConfigError fails unless err is a *ConfigError of the field.
func wantConfigError(t *testing.T, err error, field string) {
	t.Helper()
	var c *ConfigError
	if !errors.As(err, &c) || c.Field != field {
		t.Errorf("error %v, want a ConfigError of %s", err, field)
	}
}
