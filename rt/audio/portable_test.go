package audio

import (
	"runtime"
	"testing"
	"time"
)

// TestPortableWaits: on real loops the waits of systems without futexes park their
// goroutines, which must not be pinned then: the runtime would end the program.
func TestPortableWaits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4)) // so that loops hold their P
	s := host
	s.portable = true
	for _, mode := range []Mode{Handoff, Direct, Blocking} {
		st, err := open(Config{Backend: Sim, Mode: mode}, counting(), &s)
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Start(); err != nil {
			t.Fatal(err)
		}
		look := time.NewTicker(time.Millisecond)
		defer look.Stop()
		for deadline := time.Now().Add(time.Minute); st.Stats().Blocks < 20; <-look.C {
			if time.Now().After(deadline) {
				t.Fatalf("%v: %+v", mode, st.Stats())
			}
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}
