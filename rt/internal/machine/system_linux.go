package machine

import (
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/internal/procfs"
)

// Host is the running kernel.
var Host = System{
	OS:     runtime.GOOS,
	Hooked: hooked && checked,

	Now:           Now,
	Sleep:         sleepYielding,
	SleepRaw:      sleepRaw,
	TimerWait:     timerYielding,
	TimerRaw:      timerRaw,
	PollRaw:       pollRaw,
	Relax:         procyield,
	Pin:           procPin,
	Unpin:         procUnpin,
	Marking:       marking,
	StopRequested: stopRequested,
	Nap:           func() { sleepRaw(Now() + 100_000) },
	//rt:allow ML607 reason="a question to the queue, at most one in a time slice"
	Enqueue:     func(f func()) { go f() },
	Yield:       runtime.Gosched,
	ReadP:       ReadP,
	Pass:        pass,
	PassOutside: passOutside,

	FutexWake: futexWake,
	FutexWait: futexWait,

	LockThread:     runtime.LockOSThread,
	UnlockThread:   runtime.UnlockOSThread,
	NamePinnedStep: namePinnedStep,
	WaitOutside:    waitOutside,
	Scheduling:     getScheduling,
	SetScheduling:  setScheduling,
	Affinity:       getAffinity,
	SetAffinity:    setAffinity,
	BlockSignals:   blockSignals,
	TimerSlack:     func() (int, error) { return unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0) },
	SetTimerSlack:  func(ns int) error { return unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(ns), 0, 0, 0) },
	OpenTimer:      func() (int, error) { return unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC) },
	CloseFD:        unix.Close,
	ThreadID:       unix.Gettid,
	ThreadUsage:    threadUsage,
	OpenSchedstat:  func() (int, error) { return unix.Open("/proc/thread-self/schedstat", unix.O_RDONLY|unix.O_CLOEXEC, 0) },
	ReadSchedstat:  readSchedstat,
	OpenStat:       func() (int, error) { return unix.Open("/proc/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0) },
	ReadSteal:      readSteal,
	Throttle:       throttle,
	PriorityLimit:  priorityLimit,
	HasCapability:  hasCapability,

	Threads:         threads,
	Pause:           time.Sleep,
	CPUs:            machineCPUs,
	LockMemory:      func() error { return unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT) },
	UnlockMemory:    unix.Munlockall,
	LockedMemory:    lockedMemory,
	MemoryLimit:     memoryLimit,
	HeapBytes:       heapBytes,
	AvailableMemory: availableMemory,
	OpenLatency:     openLatency,
	SetProcs:        runtime.GOMAXPROCS,
	DefaultProcs:    runtime.SetDefaultGOMAXPROCS,
	SetGCPercent:    debug.SetGCPercent,
	SetMemoryLimit:  debug.SetMemoryLimit,
}

// ErrorName is the errno's symbol, "EPERM", or the error's text.
func ErrorName(err error) string {
	var e syscall.Errno
	if errors.As(err, &e) {
		if name := unix.ErrnoName(e); name != "" {
			return name
		}
	}
	return err.Error()
}

func getScheduling(tid int) (Scheduling, error) {
	a, err := unix.SchedGetAttr(tid, 0)
	if err != nil {
		return Scheduling{}, err
	}
	return Scheduling{a.Policy, a.Flags, a.Nice, a.Priority, a.Runtime, a.Deadline, a.Period}, nil
}

func setScheduling(tid int, s Scheduling) error {
	return unix.SchedSetAttr(tid, &unix.SchedAttr{
		Size: unix.SizeofSchedAttr, Policy: s.Policy, Flags: s.Flags, Nice: s.Nice,
		Priority: s.Priority, Runtime: s.Runtime, Deadline: s.Deadline, Period: s.Period,
	}, 0)
}

// maxCPU is one more than the highest CPU number that x/sys's mask holds.
const maxCPU = 1024

func getAffinity(tid int) ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(tid, &set); err != nil {
		return nil, err
	}
	var cpus []int
	for cpu := range maxCPU {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

func setAffinity(tid int, cpus []int) error {
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	return unix.SchedSetaffinity(tid, &set)
}

// synchronous are the signals that a loop's thread keeps: the faults that its
// own instructions raise, and 32 to 34, with which libc and the runtime run a
// call on every thread and wait for each.
var synchronous = []unix.Signal{
	unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGTRAP, unix.SIGSYS, 32, 33, 34,
}

// blockSignals blocks all others on the calling thread.
func blockSignals() (restore func() error, err error) {
	var block, before unix.Sigset_t
	for i := range block.Val {
		block.Val[i] = ^block.Val[i]
	}
	bits := 8 * binary.Size(block.Val[0])
	for _, s := range synchronous {
		block.Val[(int(s)-1)/bits] &^= 1 << ((int(s) - 1) % bits)
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &block, &before); err != nil {
		return nil, err
	}
	return func() error { return unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil) }, nil
}

// readSteal reads how much time of a CPU, or of procfs.AllCPUs, the host gave to
// others, from /proc/stat.
func readSteal(fd, cpu int, room []byte) int64 {
	n, err := unix.Pread(fd, room, 0)
	if err != nil {
		return 0
	}
	t, _ := procfs.ParseCPUTime(room[:n], cpu)
	return int64(t.StealTime())
}

// throttle is how much of its period the kernel keeps from real-time threads: 50
// ms of a second, unless it was told otherwise.
func throttle() int64 {
	read := func(name string) int64 {
		text, err := os.ReadFile("/proc/sys/kernel/sched_rt_" + name + "_us")
		if err != nil {
			return 0
		}
		us, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err != nil {
			return 0
		}
		return us * int64(time.Microsecond)
	}
	runtime, period := read("runtime"), read("period")
	if runtime < 0 {
		return 0
	}
	return max(0, period-runtime)
}

func priorityLimit() int {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_RTPRIO, &r) != nil {
		return 0
	}
	return int(min(r.Cur, 99))
}

func memoryLimit() (bytes uint64, unlimited bool) {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_MEMLOCK, &r) != nil {
		return 0, false
	}
	return r.Cur, r.Cur == ^uint64(0)
}

// statusField is the value of one line of /proc/self/status, "" when it cannot
// be read.
func statusField(name string) string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return ""
	}
	value, _ := procfs.Field(string(status), name)
	return value
}

func hasCapability(bit int) bool {
	mask, err := strconv.ParseUint(statusField("CapEff"), 16, 64)
	return err == nil && mask>>bit&1 != 0
}

func lockedMemory() (kB int, err error) {
	return strconv.Atoi(strings.TrimSuffix(statusField("VmLck"), " kB"))
}

func threads() ([]int, error) {
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil, err
	}
	tids := make([]int, 0, len(entries))
	for _, e := range entries {
		if tid, err := strconv.Atoi(e.Name()); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids, nil
}

func machineCPUs() (present, online []int, err error) {
	for _, list := range []struct {
		name string
		cpus *[]int
	}{{"present", &present}, {"online", &online}} {
		text, err := os.ReadFile("/sys/devices/system/cpu/" + list.name)
		if err != nil {
			return nil, nil, err
		}
		if *list.cpus, err = procfs.ParseCPUList(strings.TrimSpace(string(text))); err != nil {
			return nil, nil, err
		}
	}
	return present, online, nil
}

// availableMemory is how much memory the kernel can give without swapping.
func availableMemory() int64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	return procfs.AvailableMemory(string(info))
}

// openLatency holds the kernel's wake-up latency target at us microseconds for
// as long as the descriptor is open.
func openLatency(us int32) (fd int, err error) {
	fd, err = unix.Open("/dev/cpu_dma_latency", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	var word [4]byte
	binary.NativeEndian.PutUint32(word[:], uint32(us))
	if _, err := unix.Write(fd, word[:]); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
