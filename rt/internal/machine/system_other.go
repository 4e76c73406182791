//go:build !linux

package machine

import (
	"errors"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/memkit-go/memkit/internal/procfs"
)

// Host is a system without real-time threads: clock, sleep and the runtime's
// own settings work, everything else answers errors.ErrUnsupported.
var Host = System{
	OS:     runtime.GOOS,
	Hooked: hooked,

	Now:           Now,
	Sleep:         sleepTimer,
	SleepRaw:      sleepTimer,
	TimerWait:     func(int, int64) syscall.Errno { return syscall.ENOSYS },
	TimerRaw:      func(int, int64) syscall.Errno { return syscall.ENOSYS },
	PollRaw:       func(int, int64) (bool, syscall.Errno) { return false, syscall.ENOSYS },
	Relax:         procyield,
	Pin:           procPin,
	Unpin:         procUnpin,
	Marking:       marking,
	StopRequested: stopRequested,
	Nap:           func() {},
	Enqueue:       func(f func()) { go f() },
	Yield:         runtime.Gosched,
	ReadP:         ReadP,
	Pass:          pass,
	PassOutside:   passOutside,

	FutexWake: func(*atomic.Uint32) {},
	FutexWait: func(*atomic.Uint32, uint32, int64) { time.Sleep(time.Millisecond) },

	LockThread:     runtime.LockOSThread,
	UnlockThread:   runtime.UnlockOSThread,
	NamePinnedStep: namePinnedStep,
	WaitOutside:    func(*atomic.Uint32, bool) int64 { return 0 },
	Scheduling:     func(int) (Scheduling, error) { return Scheduling{}, errors.ErrUnsupported },
	SetScheduling:  func(int, Scheduling) error { return errors.ErrUnsupported },
	Affinity:       func(int) ([]int, error) { return nil, errors.ErrUnsupported },
	SetAffinity:    func(int, []int) error { return errors.ErrUnsupported },
	BlockSignals:   func() (func() error, error) { return nil, errors.ErrUnsupported },
	TimerSlack:     func() (int, error) { return 0, errors.ErrUnsupported },
	SetTimerSlack:  func(int) error { return errors.ErrUnsupported },
	OpenTimer:      func() (int, error) { return -1, errors.ErrUnsupported },
	CloseFD:        func(int) error { return errors.ErrUnsupported },
	ThreadID:       func() int { return 0 },
	ThreadUsage:    func() (Usage, error) { return Usage{}, errors.ErrUnsupported },
	OpenSchedstat:  func() (int, error) { return -1, errors.ErrUnsupported },
	ReadSchedstat:  func(int) (procfs.Schedstat, bool) { return procfs.Schedstat{}, false },
	OpenStat:       func() (int, error) { return -1, errors.ErrUnsupported },
	ReadSteal:      func(int, int, []byte) int64 { return 0 },
	Throttle:       func() int64 { return 0 },
	PriorityLimit:  func() int { return 0 },
	HasCapability:  func(int) bool { return false },

	Threads:         func() ([]int, error) { return nil, errors.ErrUnsupported },
	Pause:           time.Sleep,
	CPUs:            func() ([]int, []int, error) { return nil, nil, errors.ErrUnsupported },
	LockMemory:      func() error { return errors.ErrUnsupported },
	UnlockMemory:    func() error { return errors.ErrUnsupported },
	LockedMemory:    func() (int, error) { return 0, errors.ErrUnsupported },
	MemoryLimit:     func() (uint64, bool) { return 0, false },
	HeapBytes:       heapBytes,
	AvailableMemory: func() int64 { return 0 },
	OpenLatency:     func(int32) (int, error) { return -1, errors.ErrUnsupported },
	SetProcs:        runtime.GOMAXPROCS,
	DefaultProcs:    runtime.SetDefaultGOMAXPROCS,
	SetGCPercent:    debug.SetGCPercent,
	SetMemoryLimit:  debug.SetMemoryLimit,
}

func sleepTimer(until int64) syscall.Errno {
	time.Sleep(time.Duration(until - Now()))
	return 0
}

func ErrorName(err error) string { return err.Error() }
