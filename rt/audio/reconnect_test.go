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

// TestServerRestarts: a stream whose server is killed says so, and plays again within
// two seconds of the next server's start, in the same process and with the same
// Processor.
func TestServerRestarts(t *testing.T) {
	for name, p := range map[string]audio.Processor{"here": &actor{}, "isolate": hum} {
		t.Run(name, func(t *testing.T) {
			server := jackdtest.Start(t)
			times := 2
			if os.Getenv("MEMKIT_SOAK") != "" {
				times = 20
			}
			states := make(chan audio.State, 100)
			s := started(t, audio.Config{Out: 2, OnState: func(s audio.State, _ error) { states <- s }}, p)
			for round := range times {
				before := s.Stats().Blocks
				if round == 0 {
					if got := <-states; got != audio.Running {
						t.Fatalf("the first state told is %v", got)
					}
				}
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
				// The goal, 2 s, is asserted in the long form only: tests in make test assert no
				// time.
				if d := time.Since(back); d > 2*time.Second {
					say := t.Logf
					if os.Getenv("MEMKIT_SOAK") != "" {
						say = t.Errorf
					}
					say("round %d: plays again %v after the server's start", round, d)
				}
				if s.Err() != nil || st.Reconnects != uint64(round+1) {
					t.Errorf("round %d: %v, %d reconnects", round, s.Err(), st.Reconnects)
				}
			}
			told := <-states
			for told == audio.Stalled {
				told = <-states
			}
			if told != audio.Lost {
				t.Errorf("the state told after the server's end is %v", told)
			}
		})
	}
}
