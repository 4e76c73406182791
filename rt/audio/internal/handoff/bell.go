package handoff

import (
	"runtime"
	"sync/atomic"
	"time"
)

// bell wakes whoever waits for a word to change: by a futex on the word, or where
// it has a channel, on other systems than Linux and in tests with virtual time,
// by that.
type bell struct {
	rung chan struct{}
	now  func() int64
}

func portableBell(now func() int64) bell { return bell{make(chan struct{}, 1), now} }

// wake wakes the waiter, or the next one to come.
//
// Cost: O(1), a system call on Linux. Allocates: no. Blocks: no. Caller: the driver and the processor.
//
//rt:nonblocking
//rt:nonallocating
func (b *bell) wake(word *atomic.Uint32) {
	if b.rung == nil {
		futexWakeOne(word)
		return
	}
	select {
	case b.rung <- struct{}{}:
	default:
	}
}

// await returns when word is no longer old, without cause, or when the time has
// come, and then true.
//
// Cost: O(1). Allocates: no on Linux. Blocks: until the time at most. Caller: the driver and the processor.
//
//rt:nonallocating
func (b *bell) await(word *atomic.Uint32, old uint32, until int64) (timeout bool) {
	if b.rung == nil {
		return futexWaitFor(word, old, until)
	}
	return b.listen(until)
}

func (b *bell) listen(until int64) (timeout bool) {
	t := time.NewTimer(time.Duration(until - b.now()))
	defer t.Stop()
	select {
	case <-b.rung:
		return false
	case <-t.C:
		return true
	}
}

// Alarm is something to sleep on with the waits of a Region.
type Alarm struct {
	word atomic.Uint32
	bell bell
}

// NewAlarm makes one; now and portable are as in [Config].
func NewAlarm(now func() int64, portable bool) *Alarm {
	a := &Alarm{}
	if portable || runtime.GOOS != "linux" {
		a.bell = portableBell(now)
	}
	return a
}

// Sleep sleeps until the time and keeps the P; it may wake too early, and then
// answers false.
//
// Cost: O(1). Allocates: no. Blocks: until the time. Caller: owner.
//
//rt:nonallocating
func (a *Alarm) Sleep(until int64) bool { return a.bell.await(&a.word, 0, until) }
