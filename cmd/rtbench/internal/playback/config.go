package playback

import (
	"fmt"
	"slices"
	"time"
)

// Config says what to measure.
type Config struct {
	// Long is how long each mode plays under load; Quiet how long before it,
	// without.
	Long, Quiet time.Duration
	// Rate in frames a second and Frames in a period.
	Rate, Frames  int
	Busy, Garbage int
	// Server for the live modes.
	Server Server
	// Modes to measure; empty means all that there are.
	Modes []Mode
	// Start starts the processes.
	Start Starter
	// Progress, when set, is called as a mode begins.
	Progress func(Mode)
	// WarmUp is how long a load runs before it is measured: until the garbage collector
	// has found its pace.
	WarmUp time.Duration
}

// Validate checks the config.
func (c Config) Validate() error {
	switch {
	case c.Long < time.Second || c.Long > time.Hour:
		return fmt.Errorf("--seconds %g: give 1 to 3600", c.Long.Seconds())
	case c.Frames < 16 || c.Frames > 4096 || c.Frames&(c.Frames-1) != 0:
		return fmt.Errorf("--frames %d: give a power of two from 16 to 4096", c.Frames)
	case c.Busy < 0 || c.Busy > 64:
		return fmt.Errorf("--busy %d: give 0 to 64 goroutines", c.Busy)
	case c.Garbage < 0 || c.Garbage > 64:
		return fmt.Errorf("--garbage %d: give 0 to 64 goroutines", c.Garbage)
	case !slices.Contains([]Server{Auto, JACK, PipeWire, NoServer}, c.Server):
		return fmt.Errorf("--server %s: give auto, jack, pipewire or sim", c.Server)
	}
	return nil
}

func (c Config) job(m Mode) Job {
	return Job{
		Mode: m, Rate: c.Rate, Frames: c.Frames, Busy: c.Busy, Garbage: c.Garbage,
		Long: c.Quiet + c.Long + c.WarmUp + 10*time.Second,
	}
}

// Period in ns.
func (c Config) Period() int64 { return Job{Rate: c.Rate, Frames: c.Frames}.period() }
