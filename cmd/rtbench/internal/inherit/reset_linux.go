package inherit

import (
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/internal/procfs"
)

// policies by number, sched(7).
var policies = map[uint32]string{
	unix.SCHED_NORMAL: "SCHED_OTHER", unix.SCHED_FIFO: "SCHED_FIFO", unix.SCHED_RR: "SCHED_RR",
	unix.SCHED_BATCH: "SCHED_BATCH", unix.SCHED_IDLE: "SCHED_IDLE", unix.SCHED_DEADLINE: "SCHED_DEADLINE",
}

// passes bounds the search for threads that started during the search. A process
// has a handful of threads when it begins.
const passes = 100

// Reset makes every thread of this process an ordinary one that blocks no signal,
// and returns what the process had from its caller. Call it at the beginning of
// main, before other goroutines run.
func Reset() (State, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	found, err := ofThread()
	if err != nil {
		return found, err
	}
	if err := ResetThread(); err != nil {
		return found, err
	}
	return found, eachThread(func(tid int) error {
		attr, err := unix.SchedGetAttr(tid, 0)
		if err != nil || attr.Policy == unix.SCHED_NORMAL {
			return gone(err)
		}
		return gone(setPolicy(tid, unix.SCHED_NORMAL, 0))
	})
}

// ResetThread makes the calling thread, which is locked to its goroutine, an
// ordinary one that blocks no signal. What it starts inherits that.
func ResetThread() error {
	if err := setPolicy(0, unix.SCHED_NORMAL, 0); err != nil {
		return fmt.Errorf("making the thread SCHED_OTHER: %w", err)
	}
	var none unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &none, nil); err != nil {
		return fmt.Errorf("unblocking signals: %w", err)
	}
	return nil
}

// Outrank gives every thread of this process SCHED_FIFO at the highest priority
// that it may have, above those of any thread that it could start. It answers
// false where it may have none: then no other thread may either.
func Outrank() bool {
	priority := 99
	if setPolicy(0, unix.SCHED_FIFO, priority) != nil {
		var limit unix.Rlimit
		if unix.Getrlimit(unix.RLIMIT_RTPRIO, &limit) != nil || limit.Cur == 0 {
			return false
		}
		priority = int(min(limit.Cur, 99))
	}
	return eachThread(func(tid int) error {
		attr, err := unix.SchedGetAttr(tid, 0)
		if err != nil || attr.Policy == unix.SCHED_FIFO && int(attr.Priority) == priority {
			return gone(err)
		}
		return gone(setPolicy(tid, unix.SCHED_FIFO, priority))
	}) == nil
}

// setPolicy leaves the nice value as it is.
func setPolicy(tid int, policy uint32, priority int) error {
	attr, err := unix.SchedGetAttr(tid, 0)
	if err != nil {
		return err
	}
	return unix.SchedSetAttr(tid, &unix.SchedAttr{
		Size: unix.SizeofSchedAttr, Policy: policy, Priority: uint32(priority), Nice: attr.Nice,
	}, 0)
}

// gone is nil for a thread that has ended meanwhile.
func gone(err error) error {
	if err == unix.ESRCH {
		return nil
	}
	return err
}

// eachThread calls f for every thread, also for those that start meanwhile: it
// ends when a pass over them finds no new one.
func eachThread(f func(tid int) error) error {
	done := map[int]bool{}
	for range passes {
		entries, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		fresh := false
		for _, e := range entries {
			tid, err := strconv.Atoi(e.Name())
			if err != nil || done[tid] {
				continue
			}
			fresh, done[tid] = true, true
			if err := f(tid); err != nil {
				return fmt.Errorf("scheduling of thread %d: %w", tid, err)
			}
		}
		if !fresh {
			return nil
		}
	}
	return fmt.Errorf("threads kept starting over %d passes", passes)
}

// ofThread is the state of the calling thread.
func ofThread() (State, error) {
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return State{}, fmt.Errorf("reading the scheduling policy: %w", err)
	}
	s := State{Policy: policies[attr.Policy], Priority: int(attr.Priority)}
	if s.Policy == "" {
		s.Policy = fmt.Sprint("policy ", attr.Policy)
	}
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return s, fmt.Errorf("reading the CPUs: %w", err)
	}
	var cpus []int
	for cpu := 0; len(cpus) < set.Count(); cpu++ {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	s.CPUs = procfs.FormatCPUList(cpus)
	var mask unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, nil, &mask); err != nil {
		return s, fmt.Errorf("reading the blocked signals: %w", err)
	}
	bits := 1024 / len(mask.Val) // 64 or 32, by platform
	for n := 1; n <= 64; n++ {
		if mask.Val[(n-1)/bits]&(1<<((n-1)%bits)) != 0 {
			s.Blocked = append(s.Blocked, signalName(n))
		}
	}
	return s, nil
}

func signalName(n int) string {
	if name := unix.SignalName(unix.Signal(n)); name != "" {
		return name
	}
	return fmt.Sprint("signal ", n)
}
