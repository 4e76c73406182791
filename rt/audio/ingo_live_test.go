//go:build portaudio && portaudio_go && cgo && linux

package audio_test

import (
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/rt/audio"
)

// TestCallbackInGo: the callback that other systems have, over JACK.
func TestCallbackInGo(t *testing.T) {
	jackdtest.Start(t)
	for _, c := range []struct {
		name   string
		config audio.Config
		p      audio.Processor
	}{
		{"handoff", audio.Config{In: 2, Out: 2}, &actor{}},
		{"direct", audio.Config{Out: 2, Mode: audio.Direct}, &actor{}},
		{"isolate", audio.Config{Out: 2}, hum},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.config.Backend, c.config.Frames = audio.PortAudio, 64
			s := started(t, c.config, c.p)
			until(t, s, "blocks", func(st audio.Stats) bool { return st.Blocks >= 50 && st.State == audio.Running })
			if g := s.Granted().String(); !strings.Contains(g, "PortAudio's callback is in Go") {
				t.Errorf("granted %s: does not say that the device's thread runs Go", g)
			}
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			before := s.Stats().Blocks
			until(t, s, "blocks again", func(st audio.Stats) bool { return st.Blocks >= before+20 })
		})
	}
}
