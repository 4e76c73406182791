package blackbox

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/trace"
)

// Config shapes a [Box]. Dir, Channels and Rate must be set.
type Config struct {
	// Dir is where the files go. It must exist.
	Dir string
	// Channels are what the Recorder logs.
	Channels []Channel
	// Rate is how many samples a second the Recorder logs at most, ticks included. The
	// Box keeps Rate times Before of them, 128 bytes each.
	Rate int
	// Before and After are how much a file holds of the time before and after a trip; 0
	// means 5 s and 1 s. Another trip within After lengthens the file.
	Before, After time.Duration
	// MostFiles bounds how many files a Box writes, so that a fault that repeats does not
	// fill the disk. 0 means 100.
	MostFiles int
	// Trace, when not nil, is attached to each file.
	Trace []*trace.Buffer
}

func (c Config) validate() (Config, error) {
	wrong := func(field string, value any, reason, remedy string) (Config, error) {
		return c, &rt.ConfigError{Package: "blackbox", Field: "Config." + field, Value: fmt.Sprint(value), Reason: reason, Remedy: remedy}
	}
	if c.Before == 0 {
		c.Before = 5 * time.Second
	}
	if c.After == 0 {
		c.After = time.Second
	}
	if c.MostFiles == 0 {
		c.MostFiles = 100
	}
	info, err := os.Stat(c.Dir)
	switch {
	case err != nil || !info.IsDir():
		return wrong("Dir", fmt.Sprintf("%q", c.Dir), "is no directory", "make it first")
	case c.Rate < 1 || c.Rate > 10_000_000:
		return wrong("Rate", c.Rate, "must be 1 to 10,000,000 samples a second", "give the loop's frequency times the samples of a step")
	case c.Before < 0 || c.Before > time.Hour:
		return wrong("Before", c.Before, "must be up to an hour", "give e.g. 5*time.Second, or 0 for that")
	case c.After < 0 || c.After > time.Hour:
		return wrong("After", c.After, "must be up to an hour", "give e.g. time.Second, or 0 for that")
	case c.MostFiles < 0:
		return wrong("MostFiles", c.MostFiles, "must not be negative", "give 0 for 100")
	case float64(c.Rate)*c.Before.Seconds() > 1<<26:
		return wrong("Rate", c.Rate, "is too much for the time before a trip", "record fewer samples, or a shorter time")
	}
	names := []string{tickChannel.Name}
	for i, ch := range c.Channels {
		field := fmt.Sprintf("Channels[%d]", i)
		switch {
		case ch.Name == "" || slices.Contains(names, ch.Name):
			return wrong(field, fmt.Sprintf("%q", ch.Name), "the name is empty or used twice", "give each channel a name of its own; tick is taken")
		case len(ch.Fields) < 1 || len(ch.Fields) > MostValues:
			return wrong(field, fmt.Sprintf("%d fields", len(ch.Fields)), fmt.Sprintf("a channel has 1 to %d", MostValues), "split it")
		}
		names = append(names, ch.Name)
	}
	c.Channels = append([]Channel{tickChannel}, c.Channels...)
	return c, nil
}
