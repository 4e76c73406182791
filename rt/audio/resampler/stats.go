package resampler

import "fmt"

// Stats of a [Bridge], as its second device sees them.
type Stats struct {
	// Ratio is the rate of the first device over that of the second, both as
	// measured.
	Ratio float64
	// PartsPerMillion is by how much Ratio differs from the nominal ratio.
	PartsPerMillion float64
	// Level is the mean number of frames of the first device between the two, Target
	// the number that is aimed at. Target plus half the filter's 64 taps is the
	// delay.
	Level, Target float64
	// Locked says that the level has been within a quarter of a frame of the target
	// for a second.
	Locked bool
	// Underruns counts the blocks that were silent in part or in whole because the
	// first device was late, Overruns the blocks of the first device that were lost
	// because the second was late, and Jumps how often the position was set anew.
	Underruns, Overruns, Jumps uint64
}

// String gives the state in one line.
func (s Stats) String() string {
	state := "not locked"
	if s.Locked {
		state = "locked"
	}
	return fmt.Sprintf("%s, %+.2f ppm, level %.1f of %.1f frames, %d underruns, %d overruns, %d jumps",
		state, s.PartsPerMillion, s.Level, s.Target, s.Underruns, s.Overruns, s.Jumps)
}
