package audio

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/memkit-go/memkit/rt/isolate"
)

// ConfigError is a field of a [Config] that cannot be used.
type ConfigError struct {
	// Field and its Value.
	Field, Value string
	// Reason names the fault, Remedy the value to write instead.
	Reason, Remedy string
}

// Error is "audio: Config.Budget 1.5: must be …; give …".
func (e *ConfigError) Error() string {
	return fmt.Sprintf("audio: Config.%s %s: %s; %s", e.Field, e.Value, e.Reason, e.Remedy)
}

const (
	maxChannels = 64
	maxFrames   = 1 << 15
	maxQueue    = 1 << 20
	// maxName leaves JACK's 64 bytes room for a suffix.
	maxName = 32

	maxBudget       = 2
	maxHeapRoom     = 1 << 30
	maxScratch      = 1 << 30
	maxSamples      = 1 << 28
	defaultPriority = 65
	defaultStall    = 200 * time.Millisecond
	stallPeriods    = 20
	defaultScratch  = 64 << 10
	defaultQueue    = 1024
	defaultHeapRoom = 64 << 20
	defaultRate     = 48000
	defaultFrames   = 64
)

// validate checks c and fills the zero values that do not depend on the device.
func (c Config) validate(p Processor) (Config, error) {
	declared, _ := p.(*Declared)
	wrong := func(field string, value any, reason, remedy string) (Config, error) {
		return c, &ConfigError{field, fmt.Sprint(value), reason, remedy}
	}
	switch {
	case c.Backend > Offline:
		return wrong("Backend", uint8(c.Backend), "is unknown", "give Auto, JACK, PortAudio, Sim or Offline")
	case c.Mode > Blocking:
		return wrong("Mode", uint8(c.Mode), "is unknown", "give Handoff, Direct or Blocking")
	case c.OnMiss > Fade:
		return wrong("OnMiss", uint8(c.OnMiss), "is unknown", "give Silence, Repeat or Fade")
	case c.Rate != 0 && !isRate(c.Rate):
		return wrong("Rate", c.Rate, "is no sample rate", "give whole frames a second, e.g. 48000, or 0 for the device's own")
	case c.Frames < 0 || c.Frames > maxFrames:
		return wrong("Frames", c.Frames, "is no block size", fmt.Sprintf("give 1 to %d, e.g. 64, or 0 for the device's own", maxFrames))
	case c.In < 0 || c.In > maxChannels:
		return wrong("In", c.In, "is no number of channels", fmt.Sprintf("give 0 to %d", maxChannels))
	case c.Out < 0 || c.Out > maxChannels:
		return wrong("Out", c.Out, "is no number of channels", fmt.Sprintf("give 0 to %d", maxChannels))
	case len(c.Name) > maxName || strings.Contains(c.Name, ":") || strings.ContainsFunc(c.Name, unicode.IsControl):
		return wrong("Name", strconv.Quote(c.Name), "is no name of a client", fmt.Sprintf("give at most %d bytes without a colon and control characters, or none for the program's", maxName))
	case c.Priority < 0 || c.Priority > 99:
		return wrong("Priority", c.Priority, "is no real-time priority", "give 1 to 99, or 0 for the device's own")
	case math.IsNaN(c.Budget) || c.Budget < 0 || c.Budget > maxBudget:
		return wrong("Budget", c.Budget, "is no number of periods", "give more than 0 and at most 2, or 0 for what the server tolerates")
	case c.Stall < 0:
		return wrong("Stall", c.Stall, "must not be negative", "give e.g. 200*time.Millisecond, or 0 for that")
	case c.ScratchBytes < 0:
		return wrong("ScratchBytes", c.ScratchBytes, "must not be negative", "give the bytes that one block needs, or 0 for 64 KiB")
	case c.ScratchBytes > maxScratch:
		return wrong("ScratchBytes", c.ScratchBytes, "is more than a block can need", fmt.Sprintf("give at most %d bytes, or 0 for 64 KiB", maxScratch))
	case c.HeapRoom > maxHeapRoom:
		return wrong("HeapRoom", c.HeapRoom, "is more than a collector should leave", fmt.Sprintf("give at most %d bytes, 0 for 64 MiB, or -1 for none", maxHeapRoom))
	case c.Queue < 0 || c.Queue > maxQueue:
		return wrong("Queue", c.Queue, "is no length of a queue", fmt.Sprintf("give 1 to %d events, or 0 for 1024", maxQueue))
	case c.Samples < 0 || c.Samples > maxSamples:
		return wrong("Samples", c.Samples, "is no number of timings", fmt.Sprintf("give 0 to %d, 32 bytes of memory each", maxSamples))
	case c.Input != nil && (c.In == 0 || c.Mode == Blocking || c.Backend == Offline || c.Input.Backend >= Offline):
		return wrong("Input", *c.Input, "is a device for input in Handoff and Direct", "give In as well, and no Mode Blocking or Backend Offline; or leave it out")
	case c.Input != nil && c.Input.wrong() != "":
		return wrong("Input", *c.Input, c.Input.wrong(), "give whole numbers, or 0 for the device's own")
	case isNil(p):
		return c, errors.New("audio: Open: the Processor is nil; give a Processor, or what audio.Declare returned")
	case len(c.Args) > 0 && declared == nil:
		return wrong("Args", strings.Join(c.Args, " "), "are for the constructor of a declared Processor", "give Open what audio.Declare returned, or leave them out")
	case c.isolates(declared) && (c.Sim.Source != nil || c.Sim.Sink != nil):
		return wrong("Sim", "functions", "cannot be called from the isolate's process", "leave Source and Sink out, or set InProcess")
	case c.InProcess && declared == nil:
		return wrong("InProcess", true, "is for declared Processors; others run in this process anyway", "leave it out")
	case !c.isolates(declared) && c.Restart != (isolate.Restart{}):
		return wrong("Restart", c.Restart, "is for isolates", "give Open a declared Processor, or leave it out")
	}
	if c.In == 0 && c.Out == 0 {
		c.Out = 2
	}
	fill(&c.Stall, defaultStall)
	fill(&c.ScratchBytes, defaultScratch)
	fill(&c.Queue, defaultQueue)
	fill(&c.HeapRoom, defaultHeapRoom)
	if c.Backend == Sim || c.Backend == Offline {
		fill(&c.Rate, defaultRate)
		fill(&c.Frames, defaultFrames)
	}
	return c, nil
}

func isRate(r float64) bool { return r >= 1000 && r <= 1e6 && r == math.Trunc(r) }

// isolates reports whether the stream runs in a process of its own.
func (c Config) isolates(d *Declared) bool { return d != nil && !c.InProcess && c.Backend != Offline }

// isNil reports whether there is no Processor, or a nil pointer in its place.
func isNil(p Processor) bool {
	if p == nil {
		return true
	}
	v := reflect.ValueOf(p)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// fill sets a zero field to its default.
func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
