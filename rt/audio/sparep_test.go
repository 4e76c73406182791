package audio

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt"
)

// TestSpare: the first stream adds two Ps, each further one another, and all are gone
// once the streams are; a change that the program makes meanwhile stays.
func TestSpare(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	for i, step := range []struct {
		do   func()
		want int
	}{
		{addP, 5}, {addP, 6}, {removeP, 5}, {removeP, 3},
		{addP, 5}, {func() { runtime.GOMAXPROCS(9) }, 9}, {addP, 10}, {removeP, 9}, {removeP, 7},
	} {
		step.do()
		if got := runtime.GOMAXPROCS(0); got != step.want {
			t.Errorf("step %d: GOMAXPROCS %d, want %d", i, got, step.want)
		}
	}
	if spare.count != 0 {
		t.Errorf("%d streams are left", spare.count)
	}
}

func noSpare() bool {
	spare.Lock()
	defer spare.Unlock()
	return spare.count == 0
}

// TestSpareOfStuckStream: a stream that Stop gave up has its P until Process returns, and
// one P when it is started again.
func TestSpareOfStuckStream(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	for _, again := range []bool{true, false} {
		onScripted(t, func(t *testing.T, sys *system, d *scripted) {
			ordinary := *sys
			ordinary.thread = func(c rt.LoopConfig, _ []rt.Mode) (thread, error) {
				return sys.thread(c, []rt.Mode{rt.Portable})
			}
			release := make(chan struct{})
			s := mustOpen(t, Config{Backend: PortAudio}, &process{process: func(*Block) { <-release }}, &ordinary)
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			elapse(100 * time.Millisecond)
			if err := s.Stop(); !errors.Is(err, ErrStuck) {
				t.Fatalf("Stop: %v", err)
			}
			if again {
				close(release)
				elapse(100 * time.Millisecond)
				if err := s.Start(); err != nil {
					t.Fatal(err)
				}
				if spare.count != 1 {
					t.Errorf("started again: %d Ps for one stream", spare.count)
				}
			}
			if err := s.Close(); err != nil && !errors.Is(err, ErrStuck) {
				t.Fatal(err)
			}
			if !again {
				close(release)
			}
			elapse(100 * time.Millisecond)
			if !noSpare() {
				t.Errorf("started again %v: a closed stream has kept its P", again)
			}
		})
	}
}

// TestDeadline: a Budget is taken as it is; without one, a thread that others delay has
// 0.9 periods, and another as many as the device tolerates, at least one.
func TestDeadline(t *testing.T) {
	const period = 1000
	for _, c := range []struct {
		budget, tolerated float64
		delayed           bool
		want, least       int64
	}{
		{0.5, 2, false, 500, 0}, {0.5, 2, true, 500, 0}, {1e-9, 1, false, 1, 0},
		{0, 2, false, 2000, 1000}, {0, 0, false, 1000, 500}, {0, 1, false, 1000, 500}, {0, 2, true, 900, 500},
	} {
		got, least := Config{Budget: c.budget}.deadline(period, c.tolerated, c.delayed)
		if got != c.want || least != c.least {
			t.Errorf("%+v: %d, at least %d", c, got, least)
		}
	}
}
