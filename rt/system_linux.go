package rt

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

// host is the running kernel.
var host = system{
	os:     runtime.GOOS,
	hooked: hooked,

	now:       nanotime,
	sleep:     sleepYielding,
	sleepRaw:  sleepRaw,
	timerWait: timerYielding,
	timerRaw:  timerRaw,
	relax:     procyield,
	pin:       procPin,
	unpin:     procUnpin,
	marking:   marking,
	asked:     stopRequested,
	nap:       func() { sleepRaw(nanotime() + 100_000) },
	enqueue:   func(f func()) { go f() },
	held:      lookHeld,
	pass:      pass,

	lockThread:    runtime.LockOSThread,
	unlockThread:  runtime.UnlockOSThread,
	waitOutside:   waitOutside,
	scheduling:    getScheduling,
	setScheduling: setScheduling,
	affinity:      getAffinity,
	setAffinity:   setAffinity,
	blockSignals:  blockSignals,
	timerSlack:    func() (int, error) { return unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0) },
	setTimerSlack: func(ns int) error { return unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(ns), 0, 0, 0) },
	timerOpen:     func() (int, error) { return unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC) },
	closeFD:       unix.Close,
	threadID:      unix.Gettid,
	threadUsage:   threadUsage,
	openWaits:     func() (int, error) { return unix.Open("/proc/thread-self/schedstat", unix.O_RDONLY|unix.O_CLOEXEC, 0) },
	waits:         readWaits,
	openStat:      func() (int, error) { return unix.Open("/proc/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0) },
	stolen:        stolen,
	throttle:      throttle,
	priorityLimit: priorityLimit,
	hasCapability: hasCapability,

	threads:        threads,
	pause:          time.Sleep,
	cpus:           machineCPUs,
	lockMemory:     func() error { return unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT) },
	unlockMemory:   unix.Munlockall,
	lockedMemory:   lockedMemory,
	memoryLimit:    memoryLimit,
	openLatency:    openLatency,
	setProcs:       runtime.GOMAXPROCS,
	defaultProcs:   runtime.SetDefaultGOMAXPROCS,
	setGCPercent:   debug.SetGCPercent,
	setMemoryLimit: debug.SetMemoryLimit,
}

// errorName is the errno's symbol, "EPERM", or the error's text.
func errorName(err error) string {
	var e syscall.Errno
	if errors.As(err, &e) {
		if name := unix.ErrnoName(e); name != "" {
			return name
		}
	}
	return err.Error()
}

func getScheduling(tid int) (scheduling, error) {
	a, err := unix.SchedGetAttr(tid, 0)
	if err != nil {
		return scheduling{}, err
	}
	return scheduling{a.Policy, a.Flags, a.Nice, a.Priority, a.Runtime, a.Deadline, a.Period}, nil
}

func setScheduling(tid int, s scheduling) error {
	return unix.SchedSetAttr(tid, &unix.SchedAttr{
		Size: unix.SizeofSchedAttr, Policy: s.policy, Flags: s.flags, Nice: s.nice,
		Priority: s.priority, Runtime: s.runtime, Deadline: s.deadline, Period: s.period,
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

// stolen reads /proc/stat, whose first line is the sum over all CPUs.
func stolen(fd int) int64 {
	var line [256]byte
	n, err := unix.Pread(fd, line[:], 0)
	if err != nil {
		return 0
	}
	t, _ := procfs.ParseCPUTime(line[:n], procfs.AllCPUs)
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
