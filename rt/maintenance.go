package rt

import (
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/rt/internal/counters"
)

// maintenance is one window in which no Strict loop holds a P. The loops wait in a
// renewal, outside the scheduler, so that at the window's end each has an empty P
// at once and need not queue behind busy goroutines.
type maintenance struct {
	parked  atomic.Int32
	renewal renewal
	done    chan struct{}
}

// lookForLoops is how often Maintenance checks whether all loops have arrived. They
// arrive at the end of a period, so a check delays no loop.
const lookForLoops = 100 * time.Microsecond

// Maintenance runs fn while no Strict loop runs: every loop ends its step, gives
// up its P and waits, and takes its phase up again afterwards. It is the place for
// whatever stops the world: runtime.GC, ReadMemStats, a profile, a change of
// GOMAXPROCS. Park the actuators before. The activations that fall into the window
// count as [Stats].MaintenanceSkipped, not as skipped or missed.
//
// It waits for the slowest loop's period and step, for other callers' windows, and
// returns fn's error. Loops that start meanwhile wait for its end, so fn must not
// wait for one. Loops of other modes run on: a stop-the-world does not wait for
// them. Called on a Strict loop's thread, from its step, it returns [ErrFromStep].
//
// It is for what must not meet a step, not for speed: next to busy goroutines a window
// for runtime.GC costs 164 to 174 periods of 1 ms, because every loop has to get a P
// back, and a bare runtime.GC 21 to 45 (2-core virtual machine, Go 1.26).
//
// Without it a stop-the-world is let through only after LoopConfig.StopWait, and
// until then every other goroutine stands still: that is the way out of a deadlock,
// this the way to go.
func (p *Process) Maintenance(fn func() error) error {
	if p.onLoop() {
		return ErrFromStep
	}
	p.maintaining.Lock()
	defer p.maintaining.Unlock()
	w := &maintenance{done: make(chan struct{})}
	p.window.Store(w)
	defer p.endWindow(w)
	for p.loopsRunning() != int(w.parked.Load()) {
		p.sys.Pause(lookForLoops)
	}
	return fn()
}

func (p *Process) loopsRunning() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running
}

// onLoop reports whether the calling thread is a Strict loop's. It takes no lock,
// because a pinned goroutine must not meet a held one.
func (p *Process) onLoop() bool {
	tid := p.sys.ThreadID()
	if tid == 0 {
		return false
	}
	for i := range p.loopThreads {
		if p.loopThreads[i].Load() == int64(tid) {
			return true
		}
	}
	return false
}

// endWindow lets the loops go on. Those that start, or move, wait for its end.
func (p *Process) endWindow(w *maintenance) {
	p.window.Store(nil)
	if p.cfg.Keep&KeepProcs == 0 && w.parked.Load() > 0 {
		for !p.renewal.CompareAndSwap(nil, &w.renewal) {
			p.sys.Pause(lookForLoops)
		}
		p.renew(&w.renewal)
	}
	close(w.done)
}

// waitInWindow parks the calling loop, which is not pinned, until the window ends, and
// reports whether it has an empty P then.
func (p *Process) waitInWindow(w *maintenance) (empty bool) {
	w.parked.Add(1)
	if p.cfg.Keep&KeepProcs == 0 {
		return p.join(&w.renewal)
	}
	<-w.done
	return true
}

// park waits for the end of a maintenance window and returns when the next
// activation is due and how many were lost since the one at due.
func (l *Loop) park(w *maintenance, due int64) (next, lost int64) {
	l.unpin()
	l.counters.SetRunning(false) // an isolate's parent expects no beat meanwhile
	l.queue.arrived(l.process.waitInWindow(w), l.sys.Now())
	l.pin()
	l.counters.SetRunning(true)
	l.monitor.discard()
	period := int64(l.cfg.Period)
	next, lost, _ = Skip.after(due-period, l.sys.Now(), period)
	l.counters.Of(counters.Maintenances).Add(1)
	l.counters.Of(counters.MaintenanceSkipped).Add(lost)
	return next, lost
}
