package isolate

import (
	"context"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/internal/counters"
	"github.com/memkit-go/memkit/rt/ring"
)

// Child is an isolate as its entry sees it. All methods may be called from any
// goroutine.
type Child struct {
	// Args are Config.Args.
	Args []string
	// Generation counts the starts of this isolate from 0; a restart has the
	// next number.
	Generation int

	ctx     context.Context
	shared  *sharedMemory
	process *rt.Process
	cpu     rt.CPU
	policy  rt.Policy
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

// Process is the child's process as [rt.Setup] prepared it; nil in the parent's
// process when that has not called Setup.
func (c *Child) Process() *rt.Process { return c.process }

// NewLoop is [rt.NewLoop] with CPU and Policy from the isolate's config where the
// loop's config sets none. The parent sees the loop's [rt.Stats], and every tick is
// a heartbeat of the isolate while the loop runs.
//
// In the parent's process the loop is Portable, unless that is set up; see
// [Config].InProcess.
func (c *Child) NewLoop(lc rt.LoopConfig) (*rt.Loop, error) {
	o := counters.Options{LoopCPU: true, Place: func(name string, loop any) (*counters.Counters, error) {
		return c.shared.cells.place(name, lc.Period, loop.(*rt.Loop).Granted())
	}}
	if c.inside && c.process == nil {
		o.RuntimeClock, o.Missing = true, "strict: the isolate runs in its parent's process, which is not set up"
	} else {
		lc = c.withDefaults(lc)
	}
	l, err := counters.NewLoop(lc, o)
	if err != nil {
		return nil, err
	}
	return l.(*rt.Loop), nil
}

// withDefaults gives a loop the isolate's policy and CPU where it names none.
func (c *Child) withDefaults(lc rt.LoopConfig) rt.LoopConfig {
	if lc.Policy == 0 && lc.Mode != rt.Portable {
		lc.Policy = c.policy
	}
	if reserved, _ := lc.Policy.Reservation(); lc.CPU == rt.AnyCPU && reserved == 0 { // a reservation is for any CPU
		lc.CPU = c.cpu
	}
	return lc
}

// Beat says that the entry is alive. From the first call on, the isolate is
// killed when the next one does not come within Config.Heartbeat; loops
// beat by themselves, and only while they run.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (c *Child) Beat() { c.shared.cells.childBeat.Add(1) }

// State is a copy of the bytes that SaveState kept last, in this generation or an
// earlier one; nil when it has kept none. It is never half written, also after a
// crash during SaveState.
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
