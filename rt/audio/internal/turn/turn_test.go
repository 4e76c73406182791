package turn

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurn: one at a time, and virtual time goes on for those that wait.
func TestTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turn := New()
		if !turn.TryLock() || turn.TryLock() {
			t.Error("TryLock")
		}
		begin, inside := time.Now(), 0
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				turn.Lock()
				defer turn.Unlock()
				if inside++; inside != 1 {
					t.Errorf("%d have the turn", inside)
				}
				time.Sleep(time.Second)
				inside--
			})
		}
		turn.Unlock()
		all.Wait()
		if d := time.Since(begin); d != 3*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}
