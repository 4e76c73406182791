package handoff

import (
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

// await returns when word is no longer old, when the time has come, or without
// cause.
func (b *bell) await(word *atomic.Uint32, old uint32, until int64) {
	if b.rung == nil {
		futexWaitFor(word, old, until)
		return
	}
	b.listen(until)
}

func (b *bell) listen(until int64) {
	t := time.NewTimer(time.Duration(until - b.now()))
	defer t.Stop()
	select {
	case <-b.rung:
	case <-t.C:
	}
}
