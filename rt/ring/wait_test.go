package ring

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// waits are the readers that can sleep, each with what it waits for.
func waits() map[string]struct {
	wakeup *wakeup
	wait   func(time.Duration) bool
	send   func()
	wake   func()
	close  func() error
} {
	p, c := newSPSC[uint64](8)
	w, r := newStream[uint64](8)
	lw, lr := newLatest[uint64]()
	b := must(CreateBroadcast[uint64](make([]byte, BroadcastSize[uint64](8)), 8))
	bw, br := must(b.Writer()), b.Reader()
	return map[string]struct {
		wakeup *wakeup
		wait   func(time.Duration) bool
		send   func()
		wake   func()
		close  func() error
	}{
		"SPSC":      {c.wakeup, c.Wait, func() { p.Push(1) }, p.Wake, p.Close},
		"Stream":    {r.wakeup, func(d time.Duration) bool { return r.Wait(2, d) }, func() { w.Write([]uint64{1, 2}) }, w.Wake, w.Close},
		"Latest":    {lr.wakeup, lr.Wait, func() { lw.Store(1) }, lw.Wake, lw.Close},
		"Broadcast": {br.wakeup, br.Wait, func() { bw.Push(1) }, bw.Wake, bw.Close},
	}
}

// asleep starts a wait of an hour and returns once it sleeps, or is about to, with
// where its result comes.
func asleep(w *wakeup, wait func(time.Duration) bool) chan bool {
	result := make(chan bool, 1)
	go func() { result <- wait(time.Hour) }()
	for atomic.LoadUint32(&w.sleepers) == 0 {
		runtime.Gosched()
	}
	return result
}

func TestWait(t *testing.T) {
	for name, c := range waits() {
		if c.wait(time.Microsecond) {
			t.Errorf("%s: there is something in an empty ring", name)
		}
		result := asleep(c.wakeup, c.wait)
		c.send()
		c.wake()
		if !<-result {
			t.Errorf("%s: woken for nothing", name)
		}
		if !c.wait(0) || c.wakeup.sleepers != 0 {
			t.Errorf("%s: what is there is not found, %d sleep", name, c.wakeup.sleepers)
		}
	}
}

// TestWaitEnds: a peer that closes wakes who waits for it.
func TestWaitEnds(t *testing.T) {
	for name, c := range waits() {
		result := asleep(c.wakeup, c.wait)
		c.close()
		if <-result {
			t.Errorf("%s: there is something in an empty ring", name)
		}
	}
}

// TestWakeBetweenLookAndSleep: a wake that comes after the sleeper has looked, and
// before it sleeps, ends its sleep: the time is too long for the test to end otherwise.
func TestWakeBetweenLookAndSleep(t *testing.T) {
	var w wakeup
	message, looks := false, 0
	ready := func() bool {
		found := message
		if looks++; looks == 1 {
			message = true
			w.wake()
		}
		return found
	}
	if !w.sleep(time.Hour, ready) || looks < 2 {
		t.Errorf("the sleep ends after %d looks without the message", looks)
	}
	if w.sleepers != 0 {
		t.Errorf("%d sleepers are left", w.sleepers)
	}
}

// TestWakeEndsEverySleep: one wake ends the sleeps of all who wait.
func TestWakeEndsEverySleep(t *testing.T) {
	b := must(CreateBroadcast[int](make([]byte, BroadcastSize[int](4)), 4))
	w := must(b.Writer())
	const readers = 3
	woken := make(chan bool, readers)
	for range readers {
		r := b.Reader()
		go func() { woken <- r.Wait(time.Hour) }()
	}
	for atomic.LoadUint32(&b.header.sleepers) < readers {
		runtime.Gosched()
	}
	w.Push(1)
	w.Wake()
	for range readers {
		if !<-woken {
			t.Error("a reader woke without a message")
		}
	}
}
