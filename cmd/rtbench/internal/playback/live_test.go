//go:build portaudio && cgo && linux

package playback

import (
	"testing"

	"github.com/memkit-go/memkit/internal/jackd"
)

// TestMeasureLive measures over a server of its own.
func TestMeasureLive(t *testing.T) {
	if err := jackd.Installed(); err != nil {
		t.Skip(err)
	}
	modes := []Mode{Handoff}
	if !testing.Short() {
		modes = []Mode{Gordonklaus, Handoff, Isolate}
	}
	s := measured(t, modes...)
	if s.Backend != "jack-dummy" || len(s.Outcomes) != len(modes) {
		t.Fatalf("backend %s, %d outcomes of %d", s.Backend, len(s.Outcomes), len(modes))
	}
	for _, o := range s.Outcomes {
		check(t, o)
		if o.ControlLoaded.Callbacks == 0 {
			t.Errorf("%s: C saw nothing", o.Mode)
		}
	}
	if len(s.Control) == 0 {
		t.Error("no control")
	}
}
