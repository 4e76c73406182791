//go:build cgo && linux

package audio_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/rt/audio"
)

// TestServerRestarts: a stream whose server is killed says so, and plays again on the
// next one, in the same process and with the same Processor.
func TestServerRestarts(t *testing.T) {
	serverRestarts(t, 2, func(time.Duration) {})
}

// TestSoakServerRestarts: each time it plays again within two seconds of the server's
// return.
func TestSoakServerRestarts(t *testing.T) {
	if os.Getenv("MEMKIT_SOAK") == "" {
		t.Skip("set MEMKIT_SOAK=1; it asserts a time")
	}
	var back []time.Duration
	serverRestarts(t, 20, func(d time.Duration) {
		if back = append(back, d); d > 2*time.Second {
			t.Errorf("plays again %v after the server's return", d)
		}
	})
	t.Logf("plays again after %v", back)
}

// serverRestarts kills the server of a stream here, and of one in an isolate, a number
// of times, and reports how long after the next server's start each plays again.
func serverRestarts(t *testing.T, times int, report func(time.Duration)) {
	for name, p := range map[string]audio.Processor{"here": &actor{}, "isolate": hum} {
		t.Run(name, func(t *testing.T) {
			server := jackdtest.Start(t)
			states := make(chan audio.State, 100)
			s := started(t, audio.Config{Out: 2, OnState: func(s audio.State, _ error) { states <- s }}, p)
			first := <-states
			for first == audio.Stalled {
				first = <-states
			}
			if first != audio.Running {
				t.Fatalf("the first state told is %v", first)
			}
			for round := range times {
				before := s.Stats().Blocks
				until(t, s, "blocks", func(st audio.Stats) bool { return st.Blocks >= before+20 && st.State == audio.Running })
				if err := server.Kill(); err != nil {
					t.Fatal(err)
				}
				until(t, s, "the report", func(st audio.Stats) bool {
					return st.State == audio.Lost && errors.Is(s.Err(), audio.ErrDeviceGone)
				})
				before = s.Stats().Blocks
				var err error
				if server, err = server.Restart(t.Context()); err != nil {
					t.Fatal(err)
				}
				defer server.Stop()
				back := time.Now()
				st := until(t, s, "blocks on the next server", func(st audio.Stats) bool { return st.Blocks > before && st.State == audio.Running })
				report(time.Since(back).Round(time.Millisecond))
				if s.Err() != nil || st.Reconnects != uint64(round+1) {
					t.Errorf("round %d: %v, %d reconnects", round, s.Err(), st.Reconnects)
				}
			}
			told := <-states
			for told == audio.Stalled || told == audio.Running {
				told = <-states
			}
			if told != audio.Lost {
				t.Errorf("the state told after the server's end is %v", told)
			}
		})
	}
}
