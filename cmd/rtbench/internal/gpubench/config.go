package gpubench

import (
	"fmt"
	"slices"
	"time"

	"github.com/memkit-go/memkit/gpu"
)

// Parts of a measurement.
const (
	RoundTrips   = "roundtrips"
	FIR          = "fir"
	Rings        = "rings"
	Bandwidth    = "bandwidth"
	Interference = "interference"
	Memory       = "memory"
)

// AllParts in the order in which they run.
var AllParts = []string{RoundTrips, FIR, Rings, Interference, Bandwidth, Memory}

// Config says what to measure.
type Config struct {
	Drivers []gpu.Driver
	Backend string
	// Validation asks for the driver's checks.
	Validation bool
	// N round trips a row; a tenth of it, at most PacedMost, where they are paced.
	N int
	// Rings of the long run with many launches.
	Rings int
	// Parts to run; nil is all.
	Parts []string
	// MostBytes is the largest transfer.
	MostBytes uint64
	// CPU to run on, and the priority under SCHED_FIFO there; -1 and 0: as it comes.
	CPU, Priority int
	// Burner starts another process that computes on the device, and returns what
	// ends it and says how many jobs it has done. Nil leaves that row out.
	Burner func() (stop func() int64, err error)
	// Progress is told of each row as it is done.
	Progress func(text string)
}

const (
	// Period is that of blocks of 64 samples at 48 kHz.
	Period    = 1333333 * time.Nanosecond
	pacedMost = 1500
)

func (c Config) validate() (Config, error) {
	if c.Parts == nil {
		c.Parts = AllParts
	}
	for _, p := range c.Parts {
		if !slices.Contains(AllParts, p) {
			return c, fmt.Errorf("gpubench: part %q: unknown; use %v", p, AllParts)
		}
	}
	if c.N < 10 || c.N > 1e8 {
		return c, fmt.Errorf("gpubench: %d round trips a row: must be 10 to 100000000", c.N)
	}
	if c.Rings < 0 || c.Rings > 1e9 {
		return c, fmt.Errorf("gpubench: %d rings: must be 0 to 1000000000", c.Rings)
	}
	if c.MostBytes == 0 {
		c.MostBytes = 256 << 20
	}
	if c.Progress == nil {
		c.Progress = func(string) {}
	}
	return c, nil
}

func (c Config) has(part string) bool { return slices.Contains(c.Parts, part) }

func (c Config) paced() int { return max(min(c.N/10, pacedMost), 10) }
