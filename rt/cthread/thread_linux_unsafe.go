//go:build cgo

package cthread

// #include "handoff_linux.h"
import "C"

import (
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt"
)

// Thread is a C thread that runs one C function at a time. One goroutine at a time
// may use it, but for Stats; that goroutine may be a real-time loop's.
type Thread struct {
	shared   *C.struct_memkit_handoff // nil once closed
	sequence uint32                   // of the last call made
	counted  counters
}

// New starts a thread. Errors: *rt.ConfigError, *rt.PrivilegeError, and
// [rt.ErrUnsupported] without cgo or off Linux.
//
// Call it after rt.Setup, which confines all threads that are there already.
func New(c Config) (*Thread, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	cpu, named := c.CPU.Number()
	if !named {
		cpu = -1
	}
	h := C.memkit_cthread_start(C.int(cpu), C.int(c.Policy.Priority()))
	if h == nil {
		return nil, fmt.Errorf("cthread: %w", syscall.ENOMEM)
	}
	if h.failed != C.MEMKIT_OK {
		err := refusal(c, uint32(h.failed), syscall.Errno(h.error))
		C.memkit_cthread_join(h)
		return nil, err
	}
	return &Thread{shared: h}, nil
}

// refusal says why the thread could not be had.
func refusal(c Config, failed uint32, err syscall.Errno) error {
	switch {
	case failed == C.MEMKIT_AFFINITY:
		return &rt.ConfigError{Package: "cthread", Field: "Config.CPU", Value: c.CPU.String(), Reason: "the thread may not run there: " + err.Error(), Remedy: "give a CPU that is online and in the process's cpuset"}
	case failed == C.MEMKIT_POLICY && errors.Is(err, syscall.EPERM):
		p := c.Policy.Priority()
		return &rt.PrivilegeError{
			Op: "SCHED_FIFO for a C thread", Need: fmt.Sprintf("CAP_SYS_NICE or RLIMIT_RTPRIO ≥ %d", p), Have: "less",
			Remedy: fmt.Sprintf("run as root, set LimitRTPRIO=%d in the unit, or `ulimit -r %d`", p, p), Err: err,
		}
	}
	return fmt.Errorf("cthread: starting the thread: %w", err)
}

// Call runs the C function void f(void *) on the thread and waits for it, for as
// long as timeout at most: [ErrTimeout] then says that it runs on. Until it has
// returned, further calls are refused with [ErrBusy], and what it leaves behind
// arg belongs to no call. A timeout of 0 does not wait at all. Other errors:
// [ErrClosed], [ErrNoFunction].
//
// arg must be memory that C may keep, from C or an arena, never the Go heap or a
// goroutine's stack, and must live until [Thread.Idle].
//
// Cost: O(1) and the C function. Allocates: no. Blocks: until timeout. Caller: owner.
//
// The caller's P is kept: the runtime is not told of the wait. That is why there
// is no call without a timeout: a stop-the-world could not interrupt it.
//
//rt:nonallocating
func (t *Thread) Call(f, arg unsafe.Pointer, timeout time.Duration) error {
	h := t.shared
	switch {
	case h == nil:
		return ErrClosed
	case f == nil:
		return ErrNoFunction
	case !t.Idle():
		count(&t.counted.busy)
		return ErrBusy
	}
	t.ask(f, arg)
	if !t.await(rt.Now() + int64(timeout)) {
		count(&t.counted.timeouts)
		return ErrTimeout
	}
	count(&t.counted.calls)
	return nil
}

// count adds one without the bus lock of an atomic addition: there is one writer.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func count(n *atomic.Int64) { n.Store(n.Load() + 1) }

// Idle reports whether every call made has returned, those that timed out too.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Thread) Idle() bool {
	return t.shared == nil || atomic.LoadUint32((*uint32)(&t.shared.done)) == t.sequence
}

// Stats may be called from any goroutine.
func (t *Thread) Stats() Stats { return t.counted.stats() }

// Close ends the thread. While a call is running it does nothing but answer
// [ErrBusy]; a C function that never returns cannot be ended from outside.
// Closing twice is harmless.
func (t *Thread) Close() error {
	switch {
	case t.shared == nil:
		return nil
	case !t.Idle():
		return ErrBusy
	}
	t.ask(nil, nil)
	C.memkit_cthread_join(t.shared)
	t.shared = nil
	return nil
}

// ask numbers a call and wakes the thread. The number is stored last and releases
// what to call.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Thread) ask(f, arg unsafe.Pointer) {
	h := t.shared
	h.function, h.argument = C.uintptr_t(uintptr(f)), C.uintptr_t(uintptr(arg))
	t.sequence++
	request := (*uint32)(&h.request)
	atomic.StoreUint32(request, t.sequence)
	//rt:allow ML602 reason="waking does not wait"
	syscall.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(request)), futexWake, 1, 0, 0, 0)
}

// The futex operations of this file, private to the process. The wait takes an
// absolute time on CLOCK_MONOTONIC, the clock of rt.Now.
const (
	futexPrivate = 128
	futexWake    = 1 | futexPrivate
	futexWaitAbs = 9 | futexPrivate // FUTEX_WAIT_BITSET
	futexAnyone  = 1<<32 - 1        // FUTEX_BITSET_MATCH_ANY
)

// await waits until the last call has returned, and says whether it had by the
// time until. A return of an earlier call, which timed out, has another number.
//
// Cost: O(1). Allocates: no. Blocks: until the time given. Caller: owner.
//
//rt:nonallocating
//rt:bound the time given; each turn but the last is a wake-up
func (t *Thread) await(until int64) bool {
	done := (*uint32)(&t.shared.done)
	ts := unix.NsecToTimespec(until)
	for {
		seen := atomic.LoadUint32(done)
		if seen == t.sequence {
			return true
		}
		_, _, errno := syscall.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(done)), futexWaitAbs, uintptr(seen), uintptr(unsafe.Pointer(&ts)), 0, futexAnyone)
		if errno == syscall.ETIMEDOUT {
			return atomic.LoadUint32(done) == t.sequence
		}
	}
}
