package resampler

import "fmt"

// Config describes a [Bridge].
type Config struct {
	// InRate and OutRate are the nominal rates of the two devices, in frames a
	// second. InRate has no default; an OutRate of 0 is InRate. The true rates may
	// differ from them by up to 1,000 parts per million.
	InRate, OutRate int
	// Channels in a frame, 1 to 64. 0 means 1.
	Channels int
	// InFrames and OutFrames are the longest blocks of the two devices. Shorter
	// ones are taken too. They have no default.
	InFrames, OutFrames int
	// Margin is how many frames of the first device the Bridge holds beyond what
	// the blocks need, for blocks that come late. 0 means InFrames.
	Margin int
}

const (
	maxChannels = 64
	maxRate     = 1_000_000
	maxFrames   = 1 << 16
	maxRatio    = 16
)

// String gives the rates, the channels and the blocks.
func (c Config) String() string {
	return fmt.Sprintf("%d Hz in blocks of %d to %d Hz in blocks of %d, %d channels", c.InRate, c.InFrames, c.OutRate, c.OutFrames, c.Channels)
}

// withDefaults returns c with its defaults, or the error that names the first field
// that is wrong.
func (c Config) withDefaults() (Config, error) {
	if c.OutRate == 0 {
		c.OutRate = c.InRate
	}
	if c.Channels == 0 {
		c.Channels = 1
	}
	if c.Margin == 0 {
		c.Margin = c.InFrames
	}
	for _, f := range []struct {
		name        string
		value, most int
	}{
		{"InRate", c.InRate, maxRate}, {"OutRate", c.OutRate, maxRate}, {"Channels", c.Channels, maxChannels},
		{"InFrames", c.InFrames, maxFrames}, {"OutFrames", c.OutFrames, maxFrames}, {"Margin", c.Margin, maxFrames},
	} {
		if f.value < 1 || f.value > f.most {
			return c, fmt.Errorf("resampler: Config.%s is %d; set 1 to %d", f.name, f.value, f.most)
		}
	}
	if c.InRate > maxRatio*c.OutRate || c.OutRate > maxRatio*c.InRate {
		return c, fmt.Errorf("resampler: Config.InRate is %d and OutRate %d; set rates within a factor of %d", c.InRate, c.OutRate, maxRatio)
	}
	return c, nil
}
