//go:build !linux

package sampler

import (
	"runtime"
	"time"
)

// CPUs are numbers for the CPUs that the process may run on.
func CPUs() []int {
	cpus := make([]int, runtime.NumCPU())
	for i := range cpus {
		cpus[i] = i
	}
	return cpus
}

// Pin locks the goroutine to its thread; here the thread cannot be tied to
// a CPU. The function returned undoes it.
func Pin(int) (undo func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}

// Sleep is time.Sleep.
func Sleep(d time.Duration) { time.Sleep(d) }

// Faults is not counted here.
func Faults() int64 { return 0 }

// OnCPUs locks the goroutine to its thread, which stays where it is. The
// function returned undoes it.
func OnCPUs([]int) (undo func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
