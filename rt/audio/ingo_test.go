package audio

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt"
)

// TestDeviceInGo: where the device's thread runs Go, both sides of the exchange wait as
// goroutines do and none is pinned, also in an isolate, and Granted names what the stream lacks.
func TestDeviceInGo(t *testing.T) {
	onScripted(t, func(t *testing.T, sys *system, d *scripted) {
		d.inGo = true
		s := *sys
		s.portable, s.isolated = false, true
		var asked []rt.Mode
		s.thread = func(c rt.LoopConfig, modes []rt.Mode) (thread, error) {
			asked = modes
			return sys.thread(c, modes)
		}
		p := counting()
		st, err := open(Config{Backend: PortAudio}, p, &s)
		if err != nil {
			t.Fatal(err)
		}
		says := func() bool {
			return slices.ContainsFunc(st.Granted().Missing, func(m string) bool { return strings.Contains(m, "PortAudio's callback is in Go") })
		}
		if !says() {
			t.Errorf("before Start: granted %v: does not say that the device's thread runs Go", st.Granted())
		}
		if err := st.Start(); err != nil {
			t.Fatal(err)
		}
		elapse(100 * time.Millisecond)
		if got := st.Stats(); got.State != Running || got.Blocks < 70 || got.Misses > 0 {
			t.Errorf("%v with %d blocks and %d misses in 75 cycles", got.State, got.Blocks, got.Misses)
		}
		if !slices.Equal(asked, contained) {
			t.Errorf("the thread was asked for as %v, want %v", asked, contained)
		}
		if st.source.(*local).region.KeepsP() {
			t.Error("the exchange waits with the P held, which the device's thread may need")
		}
		if !says() {
			t.Errorf("granted %v: does not say that the device's thread runs Go", st.Granted())
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		_, err = open(Config{Backend: PortAudio, Pinned: true}, p, &s)
		var wrong *ConfigError
		if !errors.As(err, &wrong) || wrong.Field != "Pinned" {
			t.Errorf("Pinned: %v, want a ConfigError", err)
		}
	})
}
