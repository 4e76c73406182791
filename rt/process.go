package rt

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt/internal/machine"
)

// Process is a process prepared for Strict loops. All methods may be called
// from any goroutine.
type Process struct {
	sys     *machine.System
	cfg     ProcessConfig
	changes []Change
	undo    machine.UndoLog

	// What loops report in Granted.
	confined, memoryLocked, collectorOff bool

	// allowed are the CPUs the process could use before Setup; nil if unknown.
	allowed []int

	pinned  atomic.Int32            // Strict loops that hold a P now
	renewal atomic.Pointer[renewal] // in progress

	mu       sync.Mutex
	closed   bool
	running  int            // Strict loops inside Run
	loops    map[*Loop]bool // of any mode inside Run
	heap     int64          // of Go, at the last look, in bytes
	assigned int            // loops that were given a CPU

	cap   int64         // of the Go heap, in bytes; none where it is not positive
	ended chan struct{} // closed by Close

	maintaining sync.Mutex // held by the caller of Maintenance
	window      atomic.Pointer[maintenance]
	loopThreads []atomic.Int64 // kernel ids of the Strict loops' threads, or 0
}

// current is the open Process; the settings are the process's, so there is at
// most one.
var current atomic.Pointer[Process]

// Setup prepares the whole process for Strict loops, once, before the first of
// them: GOMAXPROCS, the garbage collector off, pages locked as they are touched,
// the CPUs' wake-up latency held at 0, and every thread confined to the CPUs that
// loops do not use. It stops the world twice, and it changes nothing else.
//
// A setting that the kernel refuses is left as it is and named by
// [Process.Applied], unless c.Required. Errors: *ConfigError, with Required also
// *PrivilegeError, and [ErrSetUp].
//
// Close restores everything.
func Setup(c ProcessConfig) (*Process, error) {
	p, err := setUp(c, &machine.Host)
	if err != nil {
		return nil, err
	}
	if !current.CompareAndSwap(nil, p) {
		return nil, errors.Join(ErrSetUp, p.Close())
	}
	if p.cap > 0 {
		go p.monitorMemory()
	}
	return p, nil
}

func setUp(c ProcessConfig, s *machine.System) (*Process, error) {
	allowed, err := s.Affinity(0)
	if err != nil {
		allowed = nil
	}
	c, err = c.validate(s, allowed)
	if err != nil {
		return nil, err
	}
	p := &Process{sys: s, cfg: c, allowed: allowed, loopThreads: make([]atomic.Int64, c.Loops), loops: map[*Loop]bool{}, ended: make(chan struct{})}
	p.defaultCap()
	for _, set := range []struct {
		unless Keep
		apply  func()
	}{
		{KeepProcs, p.setProcs},
		{KeepCollector, p.stopCollector},
		{0, p.limitMemory},
		{KeepMemory, p.lockMemory},
		{KeepLatency, p.holdLatency},
		{KeepAffinity, p.confine},
	} {
		if c.Keep&set.unless == 0 {
			set.apply()
		}
	}
	if c.Required {
		for _, change := range p.changes {
			if change.Refused != nil {
				return nil, errors.Join(fmt.Errorf("rt: Setup: %s: %w", change.Setting, change.Refused), p.Close())
			}
		}
	}
	return p, nil
}

// Applied is every setting that Setup changed or was refused, in order.
func (p *Process) Applied() []Change { return slices.Clone(p.changes) }

// Current is the Process that [Setup] has prepared, nil while there is none.
func Current() *Process { return current.Load() }

// AllowedCPUs are the CPUs that the process might use before Setup confined its
// threads; empty where the system does not say.
func (p *Process) AllowedCPUs() []int { return slices.Clone(p.allowed) }

// LoopCPUs are the CPUs kept free for loops; empty when nothing is confined.
func (p *Process) LoopCPUs() []int { return slices.Clone(p.cfg.LoopCPUs) }

// Close restores every setting to what it was before Setup, also for threads
// started since. It returns [ErrLoopsRunning] and changes nothing while a Strict
// loop runs. Closing twice is harmless.
//
// Where Setup locked the process's memory, Close unlocks all of it, an arena's
// own lock included: close arenas first.
func (p *Process) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	if p.running > 0 {
		return ErrLoopsRunning
	}
	p.closed = true
	close(p.ended)
	err := p.undo.Undo()
	current.CompareAndSwap(p, nil)
	return err
}

// enter counts a Strict loop in, leave counts it out. Inside a maintenance window
// it waits for the end.
func (p *Process) enter() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for w := p.window.Load(); w != nil; w = p.window.Load() {
		p.mu.Unlock()
		<-w.done
		p.mu.Lock()
	}
	switch {
	case p.closed:
		return ErrNoSetup
	case p.running == p.cfg.Loops:
		return ErrTooManyLoops
	}
	p.running++
	return nil
}

func (p *Process) leave() {
	p.mu.Lock()
	p.running--
	p.mu.Unlock()
}

// claim notes that the calling thread is a loop's, until the function that it
// returns is called.
func (p *Process) claim() (release func()) {
	tid := int64(p.sys.ThreadID())
	for i := range p.loopThreads {
		if p.loopThreads[i].CompareAndSwap(0, tid) {
			return func() { p.loopThreads[i].Store(0) }
		}
	}
	return func() {}
}

// assign picks the next loop CPU in turn; AnyCPU when none is kept free.
func (p *Process) assign() CPU {
	if len(p.cfg.LoopCPUs) == 0 {
		return AnyCPU
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	cpu := p.cfg.LoopCPUs[p.assigned%len(p.cfg.LoopCPUs)]
	p.assigned++
	return OnCPU(cpu)
}

// changed records a setting that was changed, and how to change it back.
func (p *Process) changed(setting, before, after string, undo func() error) {
	p.changes = append(p.changes, Change{Setting: setting, Before: before, After: after})
	p.undo.Add(undo)
}

// refused records a setting that was not changed.
func (p *Process) refused(setting, before string, why error) {
	p.changes = append(p.changes, Change{Setting: setting, Before: before, After: before, Refused: why})
}

func (p *Process) setProcs() {
	const setting = "GOMAXPROCS"
	cpus := len(p.allowed)
	if cpus == 0 {
		p.refused(setting, fmt.Sprint(p.sys.SetProcs(0)), fmt.Errorf("the number of CPUs is unknown on %s: %w", p.sys.OS, ErrUnsupported))
		return
	}
	want := p.cfg.Procs(cpus)
	before := p.sys.SetProcs(want)
	p.changed(setting, fmt.Sprint(before), fmt.Sprint(want), func() error {
		// The default comes back with its automatic updates, another value as a
		// number.
		p.sys.DefaultProcs()
		if p.sys.SetProcs(0) != before {
			p.sys.SetProcs(before)
		}
		return nil
	})
}

func (p *Process) stopCollector() {
	before := p.sys.SetGCPercent(-1)
	p.collectorOff = true
	p.changed("garbage collector", percent(before), percent(-1), func() error {
		p.sys.SetGCPercent(before)
		return nil
	})
}

func percent(gogc int) string {
	if gogc < 0 {
		return "off"
	}
	return fmt.Sprintf("%d%%", gogc)
}

func (p *Process) limitMemory() {
	if p.cfg.MemoryLimit == 0 {
		return
	}
	before := p.sys.SetMemoryLimit(p.cfg.MemoryLimit)
	p.changed("memory limit", fmt.Sprint(before), fmt.Sprint(p.cfg.MemoryLimit), func() error {
		p.sys.SetMemoryLimit(before)
		return nil
	})
}

// lockMemory locks pages as they are touched. Under a limit it does not try: a
// lock that fits today makes a later mmap fail, which the Go runtime does not
// survive. Arenas then lock their own pages.
func (p *Process) lockMemory() {
	const setting = "locked memory"
	lockedBefore, err := p.sys.LockedMemory()
	if err != nil {
		p.refused(setting, "unknown", fmt.Errorf("the size of locked memory cannot be read: %w", err))
		return
	}
	before := fmt.Sprintf("%d kB", lockedBefore)
	if limit, unlimited := p.sys.MemoryLimit(); !unlimited && !p.sys.HasCapability(machine.CapIPCLock) {
		p.refused(setting, before, &PrivilegeError{
			Op: "mlockall", Need: "CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK", Have: fmt.Sprintf("%d kB", limit>>10),
			Remedy: "set LimitMEMLOCK=infinity in the unit or `ulimit -l unlimited`; arenas lock their own pages meanwhile",
			Err:    syscall.ENOMEM,
		})
		return
	}
	if err := p.sys.LockMemory(); err != nil {
		p.refused(setting, before, err)
		return
	}
	p.memoryLocked = true
	p.changed(setting, before, "all pages, once touched", func() error {
		if lockedBefore > 0 {
			// Unlocking would also unlock what others had locked before.
			return nil
		}
		return p.sys.UnlockMemory()
	})
}

func (p *Process) holdLatency() {
	const setting = "/dev/cpu_dma_latency"
	fd, err := p.sys.OpenLatency(0)
	switch {
	case errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM):
		p.refused(setting, "not held", &PrivilegeError{
			Op: setting, Need: "write access to it", Have: "none",
			Remedy: "run as root, or let a udev rule give the device to a group (p50 of a wake is 22 µs with it and 30 without)", Err: err,
		})
	case err != nil:
		p.refused(setting, "not held", err)
	default:
		p.changed(setting, "not held", "held at 0 µs", func() error { return p.sys.CloseFD(fd) })
	}
}

// confine keeps every thread of the process off the loops' CPUs.
func (p *Process) confine() {
	const setting = "affinity of other threads"
	before := procfs.FormatCPUList(p.allowed)
	if len(p.cfg.LoopCPUs) == 0 {
		why := errors.New("the process may use one CPU only, so loops share it")
		if p.allowed == nil {
			before, why = "unknown", fmt.Errorf("affinity on %s: %w", p.sys.OS, ErrUnsupported)
		}
		p.refused(setting, before, why)
		return
	}
	housekeeping := without(p.allowed, p.cfg.LoopCPUs)
	saved, err := p.affinities()
	undo := func() error {
		return p.eachThread(func(tid int) error {
			cpus, ok := saved[tid]
			if !ok {
				cpus = p.allowed
			}
			return p.sys.SetAffinity(tid, cpus)
		})
	}
	if err == nil {
		err = p.eachThread(func(tid int) error { return p.sys.SetAffinity(tid, housekeeping) })
	}
	if err != nil {
		p.cfg.LoopCPUs = nil
		p.refused(setting, before, errors.Join(err, undo()))
		return
	}
	p.confined = true
	p.changed(setting, before, procfs.FormatCPUList(housekeeping), undo)
}

// affinities reads every thread's CPUs before any is changed: a thread that is
// born later may have a confined parent's.
func (p *Process) affinities() (map[int][]int, error) {
	tids, err := p.sys.Threads()
	if err != nil {
		return nil, err
	}
	cpus := map[int][]int{}
	for _, tid := range tids {
		cpus[tid], err = p.sys.Affinity(tid)
		switch {
		case errors.Is(err, syscall.ESRCH):
			delete(cpus, tid)
		case err != nil:
			return nil, fmt.Errorf("thread %d: %w", tid, err)
		}
	}
	return cpus, nil
}

// bornWithin is how long a thread may be on its way into the list of threads: a
// clone copies its parent's affinity first, and its parent may lose the CPU
// before it is listed.
const bornWithin = time.Millisecond

// eachThread calls f once for each thread of the process, until two passes over
// them, bornWithin apart, find no new one: a thread is born with its parent's
// affinity, so the children of a thread that f had not seen yet are seen in a
// later pass. Threads that end meanwhile are passed over.
func (p *Process) eachThread(f func(tid int) error) error {
	seen := map[int]bool{}
	for quiet := 0; quiet < 2; quiet++ {
		if quiet > 0 {
			p.sys.Pause(bornWithin)
		}
		tids, err := p.sys.Threads()
		if err != nil {
			return err
		}
		for _, tid := range tids {
			if seen[tid] {
				continue
			}
			seen[tid], quiet = true, -1
			if err := f(tid); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("thread %d: %w", tid, err)
			}
		}
	}
	return nil
}

// without is all of cpus that are not in others.
func without(cpus, others []int) []int {
	return slices.DeleteFunc(slices.Clone(cpus), func(cpu int) bool { return slices.Contains(others, cpu) })
}
