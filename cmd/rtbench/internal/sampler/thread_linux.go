package sampler

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// CPUs are the numbers of the CPUs that the process may run on.
func CPUs() []int {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil
	}
	var cpus []int
	for cpu := 0; len(cpus) < set.Count(); cpu++ {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}

// Pin locks the goroutine to its thread and the thread to the nth of the
// process's CPUs, counted from the last: the first one serves most interrupts.
// The function returned undoes both. Where the kernel refuses, only the lock
// remains: the figures are then noisier, not wrong.
func Pin(nth int) (undo func()) {
	cpus := CPUs()
	if nth >= len(cpus) {
		return OnCPUs(nil)
	}
	return OnCPUs(cpus[len(cpus)-1-nth:][:1])
}

// OnCPUs locks the goroutine to its thread and the thread, with the processes
// that it starts, to cpus; none leaves it where it is. The function returned
// undoes both. Where the kernel refuses, only the lock remains.
func OnCPUs(cpus []int) (undo func()) {
	runtime.LockOSThread()
	var old, set unix.CPUSet
	if unix.SchedGetaffinity(0, &old) != nil || len(cpus) == 0 {
		return runtime.UnlockOSThread
	}
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	_ = unix.SchedSetaffinity(0, &set)
	return func() {
		_ = unix.SchedSetaffinity(0, &old)
		runtime.UnlockOSThread()
	}
}

// Sleep is time.Sleep without a timer of the runtime's, whose bookkeeping
// allocates when a goroutine has changed processors.
func Sleep(d time.Duration) {
	left := unix.NsecToTimespec(int64(d))
	for unix.Nanosleep(&left, &left) == unix.EINTR {
	}
}

// Faults counts the page faults that the thread has had.
func Faults() int64 {
	var ru unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &ru); err != nil {
		return 0
	}
	return int64(ru.Minflt) + int64(ru.Majflt)
}
