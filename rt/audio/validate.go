package audio

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/memkit-go/memkit/rt/isolate"
)

// ConfigError is a field of a [Config] that cannot be used.
type ConfigError struct {
	// Field and its Value.
	Field, Value string
	// Reason says what is wrong, Remedy what to write instead.
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
	// maxName leaves JACK's 64 bytes room for what is added to a name.
	maxName = 32

	// defaultBudget leaves a fifth of the period to the copy out, to the other
	// clients of the server and to the wake-up that comes late.
	defaultBudget   = 0.8
	defaultPriority = 65
	defaultStall    = 200 * time.Millisecond
	stallPeriods    = 20
	defaultScratch  = 64 << 10
	defaultQueue    = 1024
	defaultRate     = 48000
	defaultFrames   = 64
)

// validate checks c and fills the zero values that do not depend on the device.
func (c Config) validate(p Processor) (Config, error) {
	wrong := func(field string, value any, reason, remedy string) (Config, error) {
		return c, &ConfigError{field, fmt.Sprint(value), reason, remedy}
	}
	switch {
	case c.Backend > Offline:
		return wrong("Backend", uint8(c.Backend), "is unknown", "give PortAudio, Sim or Offline")
	case c.Mode > Blocking:
		return wrong("Mode", uint8(c.Mode), "is unknown", "give Handoff, Direct or Blocking")
	case c.OnMiss > Fade:
		return wrong("OnMiss", uint8(c.OnMiss), "is unknown", "give Silence, Repeat or Fade")
	case c.Rate != 0 && !(c.Rate >= 1000 && c.Rate <= 1e6):
		return wrong("Rate", c.Rate, "is no sample rate", "give frames a second, e.g. 48000, or 0 for the device's own")
	case c.Frames < 0 || c.Frames > maxFrames:
		return wrong("Frames", c.Frames, "is no block size", fmt.Sprintf("give 1 to %d, e.g. 64, or 0 for the device's own", maxFrames))
	case c.In < 0 || c.In > maxChannels:
		return wrong("In", c.In, "is no number of channels", fmt.Sprintf("give 0 to %d", maxChannels))
	case c.Out < 0 || c.Out > maxChannels:
		return wrong("Out", c.Out, "is no number of channels", fmt.Sprintf("give 0 to %d", maxChannels))
	case len(c.Name) > maxName || strings.Contains(c.Name, ":"):
		return wrong("Name", c.Name, "is no name of a client", fmt.Sprintf("give at most %d bytes without a colon, or none for the program's", maxName))
	case c.Priority < 0 || c.Priority > 99:
		return wrong("Priority", c.Priority, "is no real-time priority", "give 1 to 99, or 0 for the device's own")
	case math.IsNaN(c.Budget) || c.Budget < 0 || c.Budget > 1:
		return wrong("Budget", c.Budget, "is no share of the period", "give more than 0 and at most 1, or 0 for 0.8")
	case c.Stall < 0:
		return wrong("Stall", c.Stall, "must not be negative", "give e.g. 200*time.Millisecond, or 0 for that")
	case c.ScratchBytes < 0:
		return wrong("ScratchBytes", c.ScratchBytes, "must not be negative", "give the bytes that one block needs, or 0 for 64 KiB")
	case c.Queue < 0 || c.Queue > maxQueue:
		return wrong("Queue", c.Queue, "is no length of a queue", fmt.Sprintf("give 1 to %d events, or 0 for 1024", maxQueue))
	case c.Samples < 0:
		return wrong("Samples", c.Samples, "must not be negative", "give how many timings to keep, or 0 for none")
	case p == nil && c.Isolate == nil:
		return wrong("Isolate", "nil", "and Open's Processor is nil too, so there is nothing to run", "give a Processor, or what audio.Declare returned")
	case p != nil && c.Isolate != nil:
		return wrong("Isolate", c.Isolate.name, "makes its Processor in the other process", "give nil as Open's Processor")
	case len(c.Args) > 0 && c.Isolate == nil:
		return wrong("Args", strings.Join(c.Args, " "), "are for an isolate's constructor", "set Isolate, or leave them out")
	case c.Isolate != nil && c.Backend == Offline:
		return wrong("Isolate", c.Isolate.name, "an offline stream has no clock to protect", "leave it out")
	case c.Isolate != nil && (c.Sim.Source != nil || c.Sim.Sink != nil):
		return wrong("Sim", "functions", "cannot be called from the isolate's process", "leave Source and Sink out")
	case c.Isolate == nil && c.Restart != (isolate.Restart{}):
		return wrong("Restart", c.Restart, "is for isolates", "set Isolate, or leave it out")
	}
	if c.In == 0 && c.Out == 0 {
		c.Out = 2
	}
	fill(&c.Budget, defaultBudget)
	fill(&c.Stall, defaultStall)
	fill(&c.ScratchBytes, defaultScratch)
	fill(&c.Queue, defaultQueue)
	if c.Backend != PortAudio {
		fill(&c.Rate, defaultRate)
		fill(&c.Frames, defaultFrames)
	}
	return c, nil
}

// fill sets a zero field to its default.
func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
