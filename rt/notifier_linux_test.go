package rt

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// TestNotifierFromAPinnedStep: a goroutine that a pinned step notifies runs although
// busy goroutines hold every other P.
func TestNotifierFromAPinnedStep(t *testing.T) {
	l := strict(t, LoopConfig{})
	var n Notifier
	var stop atomic.Bool
	defer stop.Store(true)
	for range runtime.GOMAXPROCS(0) + 1 {
		go func() {
			for !stop.Load() {
			}
		}()
	}
	woken := make(chan struct{})
	go func() {
		defer close(woken)
		if _, err := n.Wait(t.Context(), 0); err != nil {
			t.Error(err)
		}
	}()
	err := l.Run(t.Context(), func(tick *Tick) error {
		if tick.Index == 50 {
			n.Notify()
		}
		select {
		case <-woken:
			return ErrStop
		default:
			return nil
		}
	})
	if err != nil {
		t.Error(err)
	}
}
