package isolate

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/internal/counters"
)

// maxLoops is how many loops of a child its parent can watch. Each takes
// a kilobyte of shared memory, in use or not.
const maxLoops = 16

// sharedCells are what parent and child tell each other all the time. They lie
// in shared memory: no pointers, and every field that changes while both look is
// atomic.
type sharedCells struct {
	parentBeat atomic.Uint64 // the parent's watch goes round
	_          [regionAlign - 8]byte
	childBeat  atomic.Uint64 // Child.Beat, 0 before the first
	_          [regionAlign - 8]byte
	loops      [maxLoops]loopCells
}

// loopCells are one loop of a child, as its parent sees it.
type loopCells struct {
	description description
	period      atomic.Int64 // of the description, for the watch
	_           [regionAlign]byte
	counters    counters.Counters // written by the loop's thread at every tick
	_           [regionAlign]byte
}

// cpuOrAny is the CPU of a number, AnyCPU for a negative one.
func cpuOrAny(number int) rt.CPU {
	if number < 0 {
		return rt.AnyCPU
	}
	return rt.OnCPU(number)
}

// LoopStats is one loop of an isolate, as its parent sees it.
type LoopStats struct {
	// Name is LoopConfig.Name.
	Name string
	// Running: the loop is inside Run.
	Running bool
	// Period is LoopConfig.Period.
	Period time.Duration
	// Granted is what the loop got; of a long Missing only the first reasons.
	Granted rt.Granted
	// Stats are the loop's counts, up to date without the child's help.
	Stats rt.Stats
}

// String is "loop control, every 1ms, running: 1000 ticks, …".
func (s LoopStats) String() string {
	state := "not running"
	if s.Running {
		state = "running"
	}
	return fmt.Sprintf("loop %s, every %v, %s: %v", s.Name, s.Period, state, s.Stats)
}

// place gives a loop of the child cells that the parent reads. A loop that has
// ended leaves its cells to the next one of its name.
func (c *sharedCells) place(name string, period time.Duration, g rt.Granted) (*counters.Counters, error) {
	for i := range c.loops {
		l := &c.loops[i]
		if d, used := l.description.load(); used && (d.Name != name || l.counters.Running()) {
			continue
		}
		l.counters.Reset()
		l.period.Store(int64(period))
		l.description.store(describedLoop{Name: name, Period: period, Granted: g})
		return &l.counters, nil
	}
	return nil, configError("LoopConfig.Name", name,
		fmt.Sprintf("the isolate has %d loops of other names already", maxLoops),
		"give loops that replace each other one name, or start another isolate")
}

// begun reports whether the child has beaten, or a loop of its runs.
func (c *sharedCells) begun() bool {
	for i := range c.loops {
		if c.loops[i].counters.Running() {
			return true
		}
	}
	return c.childBeat.Load() != 0
}

// halt makes every loop of the child end at its next activation.
func (c *sharedCells) halt() {
	for i := range c.loops {
		c.loops[i].counters.Halt(true)
	}
}

// clear makes the cells those of a child that has not begun.
func (c *sharedCells) clear() {
	c.childBeat.Store(0)
	for i := range c.loops {
		l := &c.loops[i]
		l.description.clear()
		l.counters.SetRunning(false)
		l.counters.Halt(false)
	}
}

func (c *sharedCells) stats() []LoopStats {
	var all []LoopStats
	for i := range c.loops {
		l := &c.loops[i]
		d, used := l.description.load()
		if !used {
			continue
		}
		stats := LoopStats{Name: d.Name, Running: l.counters.Running(), Period: d.Period, Granted: d.Granted}
		l.counters.Fill(&stats.Stats)
		all = append(all, stats)
	}
	return all
}
