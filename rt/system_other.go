//go:build !linux

package rt

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/memkit-go/memkit/internal/procfs"
)

// host is a system without real-time threads: clock, sleep and the runtime's
// own settings work, everything else answers ErrUnsupported.
var host = system{
	os:     runtime.GOOS,
	hooked: hooked,

	now:       nanotime,
	sleep:     sleepTimer,
	sleepRaw:  sleepTimer,
	timerWait: func(int, int64) syscall.Errno { return syscall.ENOSYS },
	timerRaw:  func(int, int64) syscall.Errno { return syscall.ENOSYS },
	relax:     procyield,
	pin:       procPin,
	unpin:     procUnpin,
	marking:   marking,
	asked:     stopRequested,
	nap:       func() {},
	enqueue:   func(f func()) { go f() },
	held:      lookHeld,
	pass:      pass,

	lockThread:    runtime.LockOSThread,
	unlockThread:  runtime.UnlockOSThread,
	waitOutside:   func(*atomic.Uint32) int64 { return 0 },
	scheduling:    func(int) (scheduling, error) { return scheduling{}, ErrUnsupported },
	setScheduling: func(int, scheduling) error { return ErrUnsupported },
	affinity:      func(int) ([]int, error) { return nil, ErrUnsupported },
	setAffinity:   func(int, []int) error { return ErrUnsupported },
	blockSignals:  func() (func() error, error) { return nil, ErrUnsupported },
	timerSlack:    func() (int, error) { return 0, ErrUnsupported },
	setTimerSlack: func(int) error { return ErrUnsupported },
	timerOpen:     func() (int, error) { return -1, ErrUnsupported },
	closeFD:       func(int) error { return ErrUnsupported },
	threadID:      func() int { return 0 },
	threadUsage:   func() (usage, error) { return usage{}, ErrUnsupported },
	openWaits:     func() (int, error) { return -1, ErrUnsupported },
	waits:         func(int) (procfs.Schedstat, bool) { return procfs.Schedstat{}, false },
	openStat:      func() (int, error) { return -1, ErrUnsupported },
	stolen:        func(int) int64 { return 0 },
	throttle:      func() int64 { return 0 },
	priorityLimit: func() int { return 0 },
	hasCapability: func(int) bool { return false },

	threads:        func() ([]int, error) { return nil, ErrUnsupported },
	pause:          time.Sleep,
	cpus:           func() ([]int, []int, error) { return nil, nil, ErrUnsupported },
	lockMemory:     func() error { return ErrUnsupported },
	unlockMemory:   func() error { return ErrUnsupported },
	lockedMemory:   func() (int, error) { return 0, ErrUnsupported },
	memoryLimit:    func() (uint64, bool) { return 0, false },
	openLatency:    func(int32) (int, error) { return -1, ErrUnsupported },
	setProcs:       runtime.GOMAXPROCS,
	defaultProcs:   runtime.SetDefaultGOMAXPROCS,
	setGCPercent:   debug.SetGCPercent,
	setMemoryLimit: debug.SetMemoryLimit,
}

func sleepTimer(until int64) syscall.Errno {
	time.Sleep(time.Duration(until - nanotime()))
	return 0
}

func errorName(err error) string { return err.Error() }
