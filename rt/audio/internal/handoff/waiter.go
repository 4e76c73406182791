package handoff

import (
	"runtime"
	"time"
)

// waiter wakes the thread that waits for a word to change: by a futex on the word, or where
// it has a channel, on other systems than Linux and in tests with virtual time,
// by that.
type waiter struct {
	signal chan struct{}
	now    func() int64
	timer  *time.Timer // of the only thread that waits, made when it first does
}

func portableWaiter(now func() int64) waiter {
	return waiter{signal: make(chan struct{}, 1), now: now}
}

// wake wakes the waiter, or the next one to come.
//
// Cost: O(1), a system call on Linux. Allocates: no. Blocks: no. Caller: the driver and the worker.
//
//rt:nonblocking
//rt:nonallocating
func (b *waiter) wake(word *uint32) {
	if b.signal == nil {
		futexWakeOne(word)
		return
	}
	select {
	case b.signal <- struct{}{}:
	default:
	}
}

// await returns when word is no longer old, spuriously, or when the time has
// come, and then true.
//
// Cost: O(1). Allocates: once without futexes. Blocks: until the time at most. Caller: the driver and the worker.
//
//rt:nonallocating
func (b *waiter) await(word *uint32, old uint32, until int64) (timeout bool) {
	if b.signal == nil {
		return futexWaitFor(word, old, until)
	}
	return b.listen(until)
}

//rt:allow ML602 reason="waits for a block, until the time at most"
//rt:allow ML603 reason="only where there are no futexes"
func (b *waiter) listen(until int64) (timeout bool) {
	wait := time.Duration(until - b.now())
	if b.timer == nil {
		//rt:allow ML601 reason="once, and only where there are no futexes"
		b.timer = time.NewTimer(wait)
	} else {
		//rt:allow ML601 reason="only where there are no futexes"
		b.timer.Reset(wait)
	}
	select {
	case <-b.signal:
		b.timer.Stop()
		return false
	case <-b.timer.C:
		return true
	}
}

// Alarm is something to sleep on with the waits of a Region.
type Alarm struct {
	word   uint32
	waiter waiter
}

// NewAlarm makes one; now and portable are as in [Config].
func NewAlarm(now func() int64, portable bool) *Alarm {
	a := &Alarm{}
	if portable || runtime.GOOS != "linux" {
		a.waiter = portableWaiter(now)
	}
	return a
}

// KeepsP reports whether a goroutine that sleeps keeps its P.
func (a *Alarm) KeepsP() bool { return a.waiter.signal == nil }

// Sleep sleeps until the time; it may wake too early, and then
// answers false.
//
// Cost: O(1). Allocates: no. Blocks: until the time. Caller: owner.
//
//rt:nonallocating
func (a *Alarm) Sleep(until int64) bool { return a.waiter.await(&a.word, 0, until) }
