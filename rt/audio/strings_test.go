package audio

import (
	"fmt"
	"testing"
)

func TestStrings(t *testing.T) {
	for _, c := range []struct {
		value fmt.Stringer
		want  string
	}{
		{PortAudio, "portaudio"}, {Offline, "offline"}, {Backend(9), "Backend(9)"},
		{Direct, "direct"}, {Fade, "fade"}, {Stalled, "stalled"}, {OnePole, "one-pole"},
		{Xrun | Gap, "xrun|gap"}, {Flags(0), ""}, {Faulted | Stopped, "faulted|stopped"},
		{Spec{48000, 64, 0, 2}, "48000 Hz, up to 64 frames, 0 in, 2 out"},
		{Device{Name: "system", HostAPI: "JACK", Out: 2, Rate: 48000, DefaultOut: true}, `"system" (JACK), 0 in, 2 out, 48000 Hz, default output`},
		{Latency{64, 128, 8}, "200 frames (64 in, 128 out, 8 in the processor)"},
		{Timing{7500, 12e3, 30e3, 60e3, 71e3}, "p50 12µs, p99 30µs, p99.9 60µs, max 71µs of 7500"},
		{Stats{State: Running, Callbacks: 9, Misses: 2, XrunsIn: 1, XrunsOut: 1, Load: .031}, "running: 9 cycles, 2 missed, 0 late, 2 xruns, load 3.1%"},
		{Event{Frame: 7, Kind: MIDI, MIDI: [3]byte{0x90, 60, 127}}, "midi at frame 7: 90 3c 7f"},
		{Event{Kind: ParamChange, Param: 3, Value: .5}, "param at frame 0: 3 = 0.5"},
	} {
		if got := c.value.String(); got != c.want {
			t.Errorf("%T: %q, want %q", c.value, got, c.want)
		}
	}
}
