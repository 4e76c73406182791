package rt

import (
	"sync/atomic"
	"syscall"
	"time"

	"github.com/memkit-go/memkit/internal/procfs"
)

// system is every call through which this package reaches the kernel and the
// runtime, so that tests run against a virtual clock and a kernel that refuses
// what they choose. Thread calls with tid 0 mean the calling thread. The
// operating system's table is host.
type system struct {
	os     string
	hooked bool

	// On the loop's thread, once or more each tick.
	now       func() int64
	sleep     func(until int64) syscall.Errno // gives up the P
	sleepRaw  func(until int64) syscall.Errno // keeps the P
	timerWait func(fd int, until int64) syscall.Errno
	timerRaw  func(fd int, until int64) syscall.Errno
	relax     func(n uint32)
	pin       func() int
	unpin     func()
	marking   func() bool
	asked     func() bool
	nap       func()         // 100 µs, keeping the P
	enqueue   func(f func()) // into the queue of the caller's P
	held      func() held
	pass      func(collection bool)

	// On the loop's thread, when it starts and ends.
	lockThread    func()
	unlockThread  func()
	waitOutside   func(phase *atomic.Uint32) (taking int64) // gives up the P, then takes an idle one
	scheduling    func(tid int) (scheduling, error)
	setScheduling func(tid int, s scheduling) error
	affinity      func(tid int) ([]int, error)
	setAffinity   func(tid int, cpus []int) error
	blockSignals  func() (restore func() error, err error)
	timerSlack    func() (ns int, err error)
	setTimerSlack func(ns int) error
	timerOpen     func() (fd int, err error)
	closeFD       func(fd int) error
	threadID      func() int // 0 where there is none
	threadUsage   func() (usage, error)
	openWaits     func() (fd int, err error) // of the calling thread
	waits         func(fd int) (procfs.Schedstat, bool)
	openStat      func() (fd int, err error)
	stolen        func(fd int) (ns int64)
	throttle      func() int64 // what a second leaves real-time threads short of, ns, or 0
	priorityLimit func() int   // RLIMIT_RTPRIO
	hasCapability func(bit int) bool

	// For the process.
	threads        func() ([]int, error)
	pause          func(time.Duration)
	cpus           func() (present, online []int, err error)
	lockMemory     func() error
	unlockMemory   func() error
	lockedMemory   func() (kB int, err error)
	memoryLimit    func() (bytes uint64, unlimited bool) // RLIMIT_MEMLOCK
	openLatency    func(us int32) (fd int, err error)
	setProcs       func(n int) (before int)
	defaultProcs   func()
	setGCPercent   func(percent int) (before int)
	setMemoryLimit func(bytes int64) (before int64)
}

// scheduling is a thread's kernel policy with all that restoring it takes.
type scheduling struct {
	policy                    uint32
	flags                     uint64
	nice                      int32
	priority                  uint32
	runtime, deadline, period uint64
}

const (
	schedFIFO        = 1
	schedDeadline    = 6
	flagResetOnFork  = 1
	capabilityIPC    = 14 // CAP_IPC_LOCK
	capabilityNice   = 23 // CAP_SYS_NICE
	timerSlackFinest = 1  // ns; 0 would mean the thread's default
)

// usage is what RUSAGE_THREAD counts.
type usage struct {
	minorFaults, majorFaults           int64
	voluntarySwitch, involuntarySwitch int64
}

func (u usage) plus(v usage) usage {
	return usage{
		u.minorFaults + v.minorFaults, u.majorFaults + v.majorFaults,
		u.voluntarySwitch + v.voluntarySwitch, u.involuntarySwitch + v.involuntarySwitch,
	}
}

func (u usage) minus(v usage) usage {
	return usage{
		u.minorFaults - v.minorFaults, u.majorFaults - v.majorFaults,
		u.voluntarySwitch - v.voluntarySwitch, u.involuntarySwitch - v.involuntarySwitch,
	}
}
