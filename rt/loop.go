package rt

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt/internal/counters"
	"github.com/memkit-go/memkit/rt/internal/machine"
)

// Loop calls a step once a period. Make one with [NewLoop]; Run it on one
// goroutine at a time. The other methods may be called from any goroutine.
type Loop struct {
	cfg     LoopConfig
	sys     *machine.System
	process *Process // nil in a mode that needs none
	granted Granted

	running  atomic.Bool
	stop     atomic.Bool        // the context has ended, or
	overCap  atomic.Bool        // the heap has outgrown its cap
	counters *counters.Counters // those of an isolate lie where its parent sees them

	subSteps []subStep

	// Owned by the goroutine in Run.
	tick    Tick
	output  struct{ at, index int64 } // when the last step ended, and its Tick.Index
	pinned  bool
	timer   int
	request request
	misses  missWindow
	monitor stepMonitor
	slice   int64 // how long it sleeps at most without a look; 0: any time
	warm    int   // activations of the warm-up still to come, −1 after it
	queue   queueCheck
}

// NewLoop checks the config and takes and gives back, on a thread of its own,
// all that Run will need, so that a refusal comes now. Errors: *ConfigError;
// [ErrNoSetup], [ErrNoBandwidth], *PrivilegeError and [ErrUnsupported], which
// Auto answers by trying the next mode and naming the reason in [Granted].
func NewLoop(c LoopConfig) (*Loop, error) { return newLoop(c, &machine.Host, current.Load()) }

func newLoop(c LoopConfig, s *machine.System, p *Process) (*Loop, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	var missing []string
	modes := []Mode{c.Mode}
	if c.Mode == Auto {
		modes = []Mode{Strict, Cooperative, Portable}
		if c.Policy == Other {
			modes = []Mode{Portable}
		}
	}
	for _, mode := range modes {
		l := &Loop{cfg: c, sys: s, process: p, counters: new(counters.Counters), subSteps: make([]subStep, len(c.SubSteps))}
		err = l.grant(mode)
		if err == nil {
			l.granted.Missing = append(missing, l.granted.Missing...)
			return l, nil
		}
		if !degradable(err) {
			break
		}
		missing = append(missing, mode.String()+": "+err.Error())
	}
	return nil, err
}

// degradable errors are what the machine lacks, not what the caller got wrong.
func degradable(err error) bool {
	var privilege *PrivilegeError
	return errors.As(err, &privilege) || errors.Is(err, ErrUnsupported) || errors.Is(err, ErrNoSetup) || errors.Is(err, ErrNoBandwidth)
}

// Granted is what the loop gets when it runs.
func (l *Loop) Granted() Granted {
	g := l.granted
	g.Missing = slices.Clone(g.Missing)
	return g
}

// Stats is a snapshot of the current or last run's counts. Its fields are each
// exact, and may be one tick apart.
func (l *Loop) Stats() Stats { return statsOf(l.counters) }

// SubSteps is a snapshot of the substeps' counts, in the order of the config.
func (l *Loop) SubSteps() []SubStepStats {
	stats := make([]SubStepStats, len(l.subSteps))
	for i := range l.subSteps {
		c := &l.subSteps[i]
		stats[i] = SubStepStats{Name: l.cfg.SubSteps[i].Name, Ticks: c.ticks.Load(), Skipped: c.skipped.Load()}
	}
	return stats
}

// grant decides what mode gives the loop and tries it.
func (l *Loop) grant(mode Mode) error {
	if err := l.supported(mode); err != nil {
		return err
	}
	g := Granted{Mode: mode, Policy: l.cfg.Policy, CPU: l.cfg.CPU, Wake: l.cfg.Wake}
	switch {
	case mode == Portable:
		g.Policy = Other
		if l.sys.OS == "linux" {
			g.TimerSlack = machine.FinestTimerSlack
		}
	case g.Policy == 0:
		g.Policy = FIFO(DefaultPriority)
	}
	if g.Policy > reserved {
		g.period = l.cfg.Period
	}
	if mode == Strict {
		g.Pinned, g.SignalsBlocked = true, true
		if g.CPU == AnyCPU && g.Policy < reserved {
			g.CPU = l.process.assign()
		}
	} else {
		l.cfg.StopWait = 0
	}
	if err := l.checkCPU(g.CPU, mode); err != nil {
		return err
	}
	l.describeProcess(&g)
	l.granted = g
	return l.probe()
}

// supported says whether the operating system, the Go version and the process
// can run the mode at all.
func (l *Loop) supported(mode Mode) error {
	linux := l.sys.OS == "linux"
	switch {
	case mode != Portable && !linux:
		return fmt.Errorf("rt: %v on %s: %w; use Mode Portable or Auto", mode, l.sys.OS, ErrUnsupported)
	case mode == Strict && !l.sys.Hooked:
		return fmt.Errorf("rt: Strict built with %s for %s: %w; build with Go 1.26 for amd64 or arm64, or use Mode Cooperative or Auto", runtime.Version(), runtime.GOARCH, ErrUnsupported)
	case mode == Strict && l.process == nil:
		return ErrNoSetup
	case l.cfg.Wake == Timerfd && !linux:
		return fmt.Errorf("rt: Timerfd on %s: %w; use Sleep", l.sys.OS, ErrUnsupported)
	case l.cfg.CPU != AnyCPU && !linux:
		return fmt.Errorf("rt: a loop's CPU on %s: %w; use AnyCPU", l.sys.OS, ErrUnsupported)
	}
	return nil
}

// checkCPU refuses a CPU that does not exist or, for Strict, that Setup does not
// keep free.
func (l *Loop) checkCPU(c CPU, mode Mode) error {
	cpu, named := c.Number()
	if !named {
		return nil
	}
	var allowed, free []int
	if l.process != nil {
		allowed, free = l.process.allowed, l.process.cfg.LoopCPUs
	} else {
		var err error
		if allowed, err = l.sys.Affinity(0); err != nil {
			return fmt.Errorf("rt: reading the affinity: %w", err)
		}
	}
	if err := checkCPU(l.sys, "LoopConfig.CPU", cpu, allowed); err != nil {
		return err
	}
	if mode == Strict && len(free) > 0 && !slices.Contains(free, cpu) {
		return configError("LoopConfig.CPU", c.String(), "the process's other threads run there", "give one of "+procfs.FormatCPUList(free)+", or Setup with LoopCPUs that contain it")
	}
	return nil
}

// describeProcess adds what Setup did for the process, and what it was refused.
func (l *Loop) describeProcess(g *Granted) {
	p := l.process
	if p == nil {
		return
	}
	cpu, named := g.CPU.Number()
	g.Confined = p.confined && named && slices.Contains(p.cfg.LoopCPUs, cpu)
	g.MemoryLocked, g.CollectorOff = p.memoryLocked, p.collectorOff
	for _, change := range p.changes {
		if change.Refused != nil {
			g.Missing = append(g.Missing, change.Setting+": "+change.Refused.Error())
		}
	}
}

// checkPeriod measures what a wake-up costs on the calling thread, which has a
// real-time policy: under an ordinary one the cost is other people's load.
func (l *Loop) checkPeriod() error {
	if l.granted.Policy == Other {
		return nil
	}
	cost := time.Duration(math.MaxInt64)
	for range wakeTries {
		until := l.sys.Now() + int64(shortestPeriod)
		if l.sys.SleepRaw(until) != 0 {
			return nil // Run's own first sleep says why
		}
		cost = min(cost, time.Duration(l.sys.Now()-until))
		if cost <= l.cfg.Period/2 {
			return nil
		}
	}
	return configError("LoopConfig.Period", l.cfg.Period.String(), fmt.Sprintf("is too short for this machine, where a wake-up costs %v", cost), fmt.Sprintf("give at least %v", 2*cost))
}

// wakeTries is how many wake-ups in a row must have cost too much. One that did
// not is proof enough and nearly always the first; a virtual machine's host was
// seen to delay each of 9 in a row by 0.7 ms.
const wakeTries = 200

// probe takes the granted settings and gives them back, on a thread that is not the
// caller's.
func (l *Loop) probe() error {
	result := make(chan error)
	go func() {
		t, err := occupy(l.sys, l.granted)
		if err == nil {
			err = errors.Join(l.checkPeriod(), t.release())
		}
		result <- err
	}()
	return <-result
}
