package rt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/internal/procfs"
	"github.com/memkit-go/memkit/rt/internal/machine"
)

// Keep names settings of the process that [Setup] must leave alone.
type Keep uint8

const (
	// KeepProcs leaves GOMAXPROCS. Set it yourself, before Setup, to cores plus
	// loops: otherwise the runtime lowers it by itself when threads are confined,
	// and stops the world for that.
	KeepProcs Keep = 1 << iota
	// KeepCollector leaves the garbage collector on. Every mode then loses
	// periods while it runs.
	KeepCollector
	// KeepMemory does not lock the process's pages.
	KeepMemory
	// KeepLatency does not hold /dev/cpu_dma_latency.
	KeepLatency
	// KeepAffinity does not confine the other threads.
	KeepAffinity
)

var keepNames = []string{"GOMAXPROCS", "collector", "memory", "latency", "affinity"}

// String names the settings: "collector, memory", or "nothing".
func (k Keep) String() string {
	var names []string
	for i, name := range keepNames {
		if k>>i&1 != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// ProcessConfig says what [Setup] prepares. The zero value prepares the process
// for one Strict loop.
type ProcessConfig struct {
	// Loops is how many Strict loops run at the same time; zero means 1. Each
	// needs a P of its own, so GOMAXPROCS becomes the CPUs that the process may
	// use, 2 at least, plus Loops.
	Loops int
	// LoopCPUs are the CPUs kept free for loops: all threads but the loops' own
	// are confined to the rest. Empty means the last Loops CPUs that the process
	// may use, leaving at least one to the rest of the program.
	LoopCPUs []int
	// MemoryCap bounds the Go heap in bytes while the collector is off: when the heap is
	// larger, every loop is stopped with [ErrMemoryCap], before locked pages take all of
	// the machine's memory. 1 MiB a tick at 1 kHz is 1 GB a second. The collector stays
	// off. Zero means half of the memory that is available when Setup runs; a negative
	// cap is none.
	MemoryCap int64
	// MemoryLimit, when positive, sets the runtime's soft memory limit in bytes
	// as a safety net: beyond it the collector runs although it is off, and
	// periods are lost. Zero leaves the limit as it is.
	MemoryLimit int64
	// Keep are settings to leave alone.
	Keep Keep
	// Required makes Setup fail, and undo what it did, when the kernel refuses
	// a setting. Otherwise Setup goes on without it and Applied says so.
	Required bool
}

// Procs is the GOMAXPROCS that [Setup] sets in a process which may use that many
// CPUs: one for each CPU and loop, and three at least. With a single CPU and loop, two
// would leave no idle P to which the loop can move: the runtime gives one to the
// goroutine that changes GOMAXPROCS and the other to the first goroutine that waits.
func (c ProcessConfig) Procs(cpus int) int { return max(cpus, 2) + max(1, c.Loops) }

// validate checks c against the CPUs that the process may use (nil where that
// is unknown) and fills its zero values.
func (c ProcessConfig) validate(s *machine.System, allowed []int) (ProcessConfig, error) {
	switch {
	case c.Loops < 0:
		return c, configError("ProcessConfig.Loops", fmt.Sprint(c.Loops), "must not be negative", "give the number of Strict loops that run at the same time")
	case c.MemoryLimit < 0:
		return c, configError("ProcessConfig.MemoryLimit", fmt.Sprint(c.MemoryLimit), "must not be negative", "give bytes, e.g. 1<<30, or 0 to leave the limit")
	case c.Keep >= KeepAffinity<<1:
		return c, configError("ProcessConfig.Keep", fmt.Sprint(uint8(c.Keep)), "has unknown bits", "combine the Keep constants")
	}
	if c.Loops == 0 {
		c.Loops = 1
	}
	if c.Keep&KeepAffinity != 0 || allowed == nil {
		if len(c.LoopCPUs) > 0 {
			return c, configError("ProcessConfig.LoopCPUs", procfs.FormatCPUList(c.LoopCPUs), "no CPU can be kept free with KeepAffinity or on "+s.OS, "leave LoopCPUs empty")
		}
		return c, nil
	}
	if len(c.LoopCPUs) == 0 {
		n := min(c.Loops, len(allowed)-1)
		c.LoopCPUs = slices.Clone(allowed[len(allowed)-n:])
		return c, nil
	}
	c.LoopCPUs = slices.Compact(slices.Sorted(slices.Values(c.LoopCPUs)))
	for _, cpu := range c.LoopCPUs {
		if err := checkCPU(s, "ProcessConfig.LoopCPUs", cpu, allowed); err != nil {
			return c, err
		}
	}
	if len(c.LoopCPUs) == len(allowed) {
		return c, configError("ProcessConfig.LoopCPUs", procfs.FormatCPUList(c.LoopCPUs), "leaves no CPU to the other threads of the process", "leave out at least one of "+procfs.FormatCPUList(allowed))
	}
	return c, nil
}

// checkCPU says whether cpu exists, is online and is one of those that the
// process may use.
func checkCPU(s *machine.System, field string, cpu int, allowed []int) error {
	wrong := func(reason, remedy string) error {
		return configError(field, fmt.Sprint(cpu), reason, remedy)
	}
	present, online, err := s.CPUs()
	switch {
	case cpu < 0:
		return wrong("no CPU has a negative number", "give one of "+procfs.FormatCPUList(allowed))
	case err != nil: // sysfs is hidden: only the affinity mask is left to judge by
	case !slices.Contains(present, cpu):
		return wrong("this machine has no such CPU", "give one of "+procfs.FormatCPUList(online))
	case !slices.Contains(online, cpu):
		return wrong("the CPU is offline", fmt.Sprintf("write 1 to /sys/devices/system/cpu/cpu%d/online, or give one of %s", cpu, procfs.FormatCPUList(online)))
	}
	if !slices.Contains(allowed, cpu) {
		return wrong("this process may not use the CPU", "give one of "+procfs.FormatCPUList(allowed)+", or widen its cpuset or taskset")
	}
	return nil
}
