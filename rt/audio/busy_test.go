package audio

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/memkit-go/memkit/rt"
)

// TestStartsAmongBusyGoroutines: streams start and stop while more goroutines compute
// than there are Ps. No P is empty then, and the stream's thread holds one, in whose
// queue whoever starts the stream may wait.
func TestStartsAmongBusyGoroutines(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var stop atomic.Bool
	defer stop.Store(true)
	for range 6 {
		go func() {
			for x := 1; !stop.Load(); x *= 3 {
			}
		}()
	}
	sys := with(&host, &device{found: cards, info: generous})
	for range 2 {
		s := mustOpen(t, Config{Out: 2}, counting(), sys)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		if mode := s.Granted().Mode; mode == rt.Strict {
			t.Errorf("granted %v", mode)
		}
		// Its goroutine may wait for a P for longer than Stop does.
		if err := s.Close(); err != nil && !errors.Is(err, ErrStuck) {
			t.Fatal(err)
		}
	}
	stop.Store(true)
	eventually(t, "the streams' Ps are back", noSpare)
}
