package rt

import (
	"syscall"
	"time"

	"github.com/memkit-go/memkit/rt/internal/counters"
	"github.com/memkit-go/memkit/rt/internal/machine"
)

// Package rt/isolate makes its loops through this hook.
func init() { counters.NewLoop = newLoopWith }

// newLoopWith is NewLoop with the options of an isolate's loop.
func newLoopWith(config any, o counters.Options) (loop any, err error) {
	c, s, p := config.(LoopConfig), &machine.Host, current.Load()
	if _, err := c.validate(); err != nil {
		return nil, err
	}
	onRuntimeClock := o.RuntimeClock && p == nil
	if onRuntimeClock {
		c, s = withRuntimeClock(c)
	} else if o.LoopCPU && c.CPU == AnyCPU && c.Policy < reserved && p != nil {
		c.CPU = p.assign()
	}
	l, err := newLoop(c, s, p)
	if err != nil {
		return nil, err
	}
	if onRuntimeClock {
		l.granted.Missing = append(l.granted.Missing, o.Missing)
	}
	if l.counters, err = o.Place(l.cfg.Name, l); err != nil {
		return nil, err
	}
	return l, nil
}

// withRuntimeClock is the config and the system of a loop that changes nothing of
// its thread, and whose clock is the Go runtime's, which testing/synctest replaces.
// It never spins, because that clock may stand still meanwhile.
func withRuntimeClock(c LoopConfig) (LoopConfig, *machine.System) {
	c.Mode, c.Policy, c.CPU, c.Wake = Portable, 0, AnyCPU, Sleep
	start, base := time.Now(), machine.Now()
	s := machine.Host
	s.OS = "in its parent's process"
	s.Now = func() int64 { return base + int64(time.Since(start)) }
	s.Sleep = func(until int64) syscall.Errno {
		time.Sleep(time.Duration(until - s.Now()))
		return 0
	}
	s.LockThread, s.UnlockThread = func() {}, func() {}
	// The goroutine changes threads: what one of them has used says nothing.
	s.ThreadUsage = func() (machine.Usage, error) { return machine.Usage{}, ErrUnsupported }
	return c, &s
}
