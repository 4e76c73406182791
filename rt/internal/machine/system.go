package machine

import (
	"sync/atomic"
	"syscall"
	"time"

	"github.com/memkit-go/memkit/internal/procfs"
)

// System is every call through which package rt reaches the kernel and the
// runtime, so that tests run against a virtual clock and a kernel that refuses
// what they choose. A thread id of 0 means the calling thread. The running system's
// table is Host.
type System struct {
	// OS is runtime.GOOS. Hooked says that the functions of this Go version's
	// scheduler are known.
	OS     string
	Hooked bool

	// On the loop's thread, once or more each tick.
	Now           func() int64
	Sleep         func(until int64) syscall.Errno // gives up the P
	SleepRaw      func(until int64) syscall.Errno // keeps the P
	TimerWait     func(fd int, until int64) syscall.Errno
	TimerRaw      func(fd int, until int64) syscall.Errno
	PollRaw       func(fd int, until int64) (readable bool, e syscall.Errno) // keeps the P
	Relax         func(n uint32)                                             // executes n spin-wait hints
	Pin           func() int
	Unpin         func()
	Marking       func() bool
	StopRequested func() bool
	Nap           func()         // 100 µs, keeping the P
	Enqueue       func(f func()) // into the queue of the caller's P
	Yield         func()         // to the goroutines in that queue
	ReadP         func() PCounts
	Pass          func(collection bool)
	PassOutside   func()

	// From a step to an ordinary goroutine. FutexWait gives up the P, and returns when
	// *word is not value, has been woken, or ns have passed.
	FutexWake func(word *atomic.Uint32)
	FutexWait func(word *atomic.Uint32, value uint32, ns int64)

	// On the loop's thread, when it starts and ends.
	LockThread     func()
	UnlockThread   func()
	NamePinnedStep func(name string) (forget func())                    // for what the runtime prints when it ends the process
	WaitOutside    func(phase *atomic.Uint32, spin bool) (taking int64) // gives up the P, then takes an idle one
	Scheduling     func(tid int) (Scheduling, error)
	SetScheduling  func(tid int, s Scheduling) error
	Affinity       func(tid int) ([]int, error)
	SetAffinity    func(tid int, cpus []int) error
	BlockSignals   func() (restore func() error, err error)
	TimerSlack     func() (ns int, err error)
	SetTimerSlack  func(ns int) error
	OpenTimer      func() (fd int, err error)
	CloseFD        func(fd int) error
	ThreadID       func() int // 0 where there is none
	ThreadUsage    func() (Usage, error)
	OpenSchedstat  func() (fd int, err error) // of the calling thread
	ReadSchedstat  func(fd int) (procfs.Schedstat, bool)
	OpenStat       func() (fd int, err error)
	ReadSteal      func(fd, cpu int, room []byte) (ns int64) // from OpenStat's file; room for its lines up to the CPU's
	Throttle       func() int64                              // what a second leaves real-time threads short of, ns, or 0
	PriorityLimit  func() int                                // RLIMIT_RTPRIO
	HasCapability  func(bit int) bool

	// For the process.
	Threads         func() ([]int, error)
	Pause           func(time.Duration)
	CPUs            func() (present, online []int, err error)
	LockMemory      func() error
	UnlockMemory    func() error
	LockedMemory    func() (kB int, err error)
	MemoryLimit     func() (bytes uint64, unlimited bool) // RLIMIT_MEMLOCK
	HeapBytes       func() int64                          // live and dead objects
	AvailableMemory func() int64                          // bytes without swapping, or 0
	OpenLatency     func(us int32) (fd int, err error)
	SetProcs        func(n int) (before int)
	DefaultProcs    func()
	SetGCPercent    func(percent int) (before int)
	SetMemoryLimit  func(bytes int64) (before int64)
}

// Scheduling is a thread's kernel policy with all that restoring it takes.
type Scheduling struct {
	Policy                    uint32
	Flags                     uint64
	Nice                      int32
	Priority                  uint32
	Runtime, Deadline, Period uint64
}

// Values that the kernel defines, see sched(7) and capabilities(7).
const (
	SchedFIFO     = 1
	SchedDeadline = 6
	ResetOnFork   = 1 // SCHED_FLAG_RESET_ON_FORK
	CapIPCLock    = 14
	CapSysNice    = 23
)

// FinestTimerSlack is the finest timer slack of a thread in ns; 0 would mean the
// thread's default.
const FinestTimerSlack = 1

// Usage is what RUSAGE_THREAD counts.
type Usage struct {
	MinorFaults, MajorFaults               int64
	VoluntarySwitches, InvoluntarySwitches int64
}

// Plus is the sum of both.
func (u Usage) Plus(v Usage) Usage {
	return Usage{
		u.MinorFaults + v.MinorFaults, u.MajorFaults + v.MajorFaults,
		u.VoluntarySwitches + v.VoluntarySwitches, u.InvoluntarySwitches + v.InvoluntarySwitches,
	}
}

// Minus is the usage since v.
func (u Usage) Minus(v Usage) Usage {
	return Usage{
		u.MinorFaults - v.MinorFaults, u.MajorFaults - v.MajorFaults,
		u.VoluntarySwitches - v.VoluntarySwitches, u.InvoluntarySwitches - v.InvoluntarySwitches,
	}
}

// The phases of a renewal of the process's Ps, which WaitOutside follows.
const (
	// Renewing: the Ps are about to be taken away.
	Renewing = 1 + iota
	// Renewed: the new ones may be taken.
	Renewed
	// Finished: the thread that renewed them is as it was before.
	Finished
)
