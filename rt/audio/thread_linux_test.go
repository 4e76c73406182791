package audio

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestDirectKeepsItsThread: the goroutine in a Direct callback is locked to its thread
// while Process runs, so that no other thread gets the control register that flushes
// denormal numbers, and this one only for Process.
func TestDirectKeepsItsThread(t *testing.T) {
	virtual(t, func(t *testing.T, sys *system) {
		threads := map[int]bool{}
		s := mustOpen(t, Config{Backend: Sim, Mode: Direct}, &process{process: func(*Block) {
			if len(threads) > 0 {
				return
			}
			var stop atomic.Bool
			var others sync.WaitGroup
			for range 4 {
				others.Go(func() {
					for !stop.Load() {
						runtime.Gosched()
					}
				})
			}
			for range 10_000 {
				threads[unix.Gettid()] = true
				runtime.Gosched()
			}
			stop.Store(true)
			others.Wait()
		}}, sys)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		elapse(100 * time.Millisecond)
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if len(threads) != 1 {
			t.Errorf("Process ran on %d threads", len(threads))
		}
	})
}
