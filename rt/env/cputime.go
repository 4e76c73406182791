package env

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/memkit-go/memkit/internal/procfs"
)

// CPUTime is the time of all CPUs since boot, in clock ticks.
type CPUTime struct {
	// Total is all of it; Steal is what a hypervisor gave to others while this
	// machine wanted to run.
	Total, Steal uint64
}

// ReadCPUTime reads /proc/stat, column 8 for Steal. An error says that it is
// missing or not in the kernel's format. It makes system calls: call it from an
// ordinary goroutine, not from a real-time loop.
func ReadCPUTime(root fs.FS) (CPUTime, error) {
	text, err := machine{root}.text("proc/stat")
	if err != nil {
		return CPUTime{}, err
	}
	t, ok := procfs.ParseCPUTime([]byte(text+"\n"), procfs.AllCPUs)
	if !ok {
		line, _, _ := strings.Cut(text, "\n")
		return CPUTime{}, fmt.Errorf("/proc/stat: %.40q does not hold eight times of all CPUs", line)
	}
	return CPUTime{Total: uint64(t.Total), Steal: uint64(t.Steal)}, nil
}

// StealSince is the share of all CPUs' time between before and t that was
// stolen, 0 to 1. The kernel's counts may go back by a tick; that counts as 0.
func (t CPUTime) StealSince(before CPUTime) float64 {
	if t.Total <= before.Total || t.Steal <= before.Steal {
		return 0
	}
	return min(1, float64(t.Steal-before.Steal)/float64(t.Total-before.Total))
}
