package rt

import (
	"context"

	"github.com/memkit-go/memkit/rt/internal/machine"
	"github.com/memkit-go/memkit/rt/ring"
)

// Child is an isolate as its entry sees it. All methods may be called from any
// goroutine.
type Child struct {
	// Args are IsolateConfig.Args.
	Args []string
	// Generation counts the starts of this isolate from 0; a restart has the
	// next number.
	Generation int

	ctx     context.Context
	shared  *sharedMemory
	process *Process
	cpu     CPU
	policy  Policy
	inside  bool // in its parent's process

	saved *ring.LatestReader[handOver]
	save  *ring.LatestWriter[handOver]
}

// Context ends when the parent asks the isolate to stop, with the cause
// [ErrStopped], or is gone, with the cause [ErrOrphaned]. The entry should then
// bring what it controls to rest and return: two seconds later it is killed.
func (c *Child) Context() context.Context { return c.ctx }

// InProcess reports whether the entry runs in its parent's process.
func (c *Child) InProcess() bool { return c.inside }

// Process is what Setup made of the child; nil in the parent's process where
// that called no Setup.
func (c *Child) Process() *Process { return c.process }

// NewLoop is [NewLoop] with CPU and Policy from the isolate's config where the
// loop's names none. The parent sees the loop's [Stats], and every tick is a beat
// of the isolate's heart while the loop runs.
//
// In the parent's process the loop is Portable, unless that is set up; see
// [IsolateConfig].InProcess.
func (c *Child) NewLoop(lc LoopConfig) (*Loop, error) {
	if _, err := lc.validate(); err != nil {
		return nil, err
	}
	l, err := c.newLoop(lc)
	if err != nil {
		return nil, err
	}
	if l.counters, err = c.shared.cells.show(l.cfg, l.granted); err != nil {
		return nil, err
	}
	return l, nil
}

func (c *Child) newLoop(lc LoopConfig) (*Loop, error) {
	if c.inside && c.process == nil {
		lc, sys := inProcessLoop(lc)
		l, err := newLoop(lc, sys, nil)
		if err == nil {
			l.granted.Missing = append(l.granted.Missing, "strict: the isolate runs in its parent's process, which is not set up")
		}
		return l, err
	}
	if lc.Policy == 0 && lc.Mode != Portable {
		lc.Policy = c.policy
	}
	if lc.CPU == AnyCPU && lc.Policy < reserved { // a reservation is for any CPU
		lc.CPU = c.loopCPU()
	}
	return newLoop(lc, &machine.Host, c.process)
}

// loopCPU is where a loop goes that names no CPU.
func (c *Child) loopCPU() CPU {
	if c.cpu != AnyCPU || c.process == nil {
		return c.cpu
	}
	return c.process.assign()
}

// Beat says that the entry is alive. From the first call on, the isolate is
// killed when the next one does not come within IsolateConfig.Heartbeat; loops
// beat by themselves, and only while they run.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (c *Child) Beat() { c.shared.cells.childBeat.Add(1) }

// State is what was saved last by SaveState, in this generation or an earlier
// one; nil when nothing was. It is whole, also after a crash while it was saved.
// One goroutine at a time may call it.
func (c *Child) State() []byte {
	v, _ := c.saved.View()
	defer c.saved.HandOver()
	if !v.Exists {
		return nil
	}
	return append([]byte{}, v.Saved[:min(v.Bytes, MaxState)]...)
}

// SaveState keeps a copy of b for the generation that follows after a crash, and
// answers false when it is larger than [MaxState] bytes. A typed value is better
// kept in a [Cell] of which the child claims both ends. One goroutine at a time
// may call it.
//
// Cost: O(len(b)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Child) SaveState(b []byte) bool {
	if len(b) > MaxState {
		return false
	}
	v := c.save.Stage()
	v.Bytes, v.Exists = uint32(len(b)), true
	copy(v.Saved[:], b)
	c.save.Publish()
	c.save.HandOver()
	return true
}

// openState claims the hand-over cell.
func (c *Child) openState() (err error) {
	if c.saved, err = handOverCell.Reader(c); err != nil {
		return err
	}
	c.save, err = handOverCell.Writer(c)
	return err
}

func (c *Child) memory() *sharedMemory { return c.shared }
