package audio

import (
	"fmt"
	"strings"
	"time"

	"github.com/memkit-go/memkit/internal/fieldtext"
)

// name is names[i], or what an unknown value prints as.
func name[T ~uint8](kind string, i T, names ...string) string {
	if int(i) < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s(%d)", kind, i)
}

// String is "auto", "jack", "portaudio", "sim" or "offline".
func (b Backend) String() string {
	return name("Backend", b, "auto", "jack", "portaudio", "sim", "offline")
}

// String is "handoff", "direct" or "blocking".
func (m Mode) String() string { return name("Mode", m, "handoff", "direct", "blocking") }

// String is "silence", "repeat" or "fade".
func (o OnMiss) String() string { return name("OnMiss", o, "silence", "repeat", "fade") }

// String is "ready", "running", "stalled", "lost", "stuck", "failed" or "closed".
func (s State) String() string {
	return name("State", s, "ready", "running", "stalled", "lost", "stuck", "failed", "closed")
}

// String is "user", "midi" or "param".
func (k EventKind) String() string { return name("EventKind", k, "user", "midi", "param") }

// String is "linear" or "one-pole".
func (c Curve) String() string { return name("Curve", c, "linear", "one-pole") }

// String lists the flags, "xrun|gap"; it is empty for none.
func (f Flags) String() string { return bitNames(uint32(f), "xrun", "gap", "priming", "changed") }

// String lists the marks, "faulted|stopped"; it is empty for none.
func (m Marks) String() string {
	return bitNames(uint32(m), "allocated", "faulted", "lost-p", "stopped")
}

// bitNames joins the names of the bits that are set, the lowest bit's name first.
func bitNames(bits uint32, names ...string) string {
	var set []string
	for i, n := range names {
		if bits&(1<<i) != 0 {
			set = append(set, n)
		}
	}
	return strings.Join(set, "|")
}

// String is "48000 Hz, up to 64 frames, 0 in, 2 out".
func (s Spec) String() string {
	return fmt.Sprintf("%.10g Hz, up to %d frames, %d in, %d out", s.Rate, s.MaxFrames, s.In, s.Out)
}

// String is `"system" (JACK), 2 in, 2 out, 48000 Hz, default output`.
func (d Device) String() string {
	s := fmt.Sprintf("%q", d.Name)
	if d.HostAPI != "" {
		s += " (" + d.HostAPI + ")"
	}
	s += fmt.Sprintf(", %d in, %d out, %.10g Hz", d.In, d.Out, d.Rate)
	switch {
	case d.DefaultIn && d.DefaultOut:
		s += ", default input and output"
	case d.DefaultIn:
		s += ", default input"
	case d.DefaultOut:
		s += ", default output"
	}
	return s
}

// String is "128 frames (64 in, 64 out, 0 in the processor)".
func (l Latency) String() string {
	return fmt.Sprintf("%d frames (%d in, %d out, %d in the processor)", l.Total(), l.Input, l.Output, l.Processor)
}

// String is "p50 12µs, p99 30µs, p99.9 60µs, max 71µs of 7500".
func (t Timing) String() string {
	d := func(ns int64) time.Duration { return time.Duration(ns) }
	return fmt.Sprintf("p50 %v, p99 %v, p99.9 %v, max %v of %d", d(t.P50), d(t.P99), d(t.P999), d(t.Max), t.Count)
}

// String is the state and the counts a user looks at first:
// "running: 7500 cycles, 2 missed, 0 late, 0 xruns, load 3.1%".
func (s Stats) String() string {
	return fmt.Sprintf("%v: %d cycles, %d missed, %d late, %d xruns, load %.1f%%",
		s.State, s.Callbacks, s.Misses, s.Late, s.XrunsIn+s.XrunsOut, 100*s.Load)
}

// String is the event's kind, its frame and the fields of the kind.
func (e Event) String() string {
	s := fmt.Sprintf("%v at frame %d", e.Kind, e.Frame)
	switch e.Kind {
	case MIDI:
		return s + fmt.Sprintf(": % x", e.MIDI[:])
	default:
		return s + fmt.Sprintf(": %d = %g", e.Param, e.Value)
	}
}

// String names the settings that are not zero.
func (c Config) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c SimConfig) String() string { return fieldtext.Of(c, "defaults") }
