package soundserver

import "fmt"

// Config says what server to run. The zero value is 64 frames at 48 kHz, real
// time at priority 70.
type Config struct {
	// Rate in frames a second; 0 is 48000.
	Rate int
	// Frames in a period; 0 is 64.
	Frames int
	// Priority of the server's thread under SCHED_FIFO; clients get 5 less. 0 is
	// 70: above what interrupt threads of a desktop use, with room below.
	Priority int
}

// Complete fills in the zero fields and refuses values that no server accepts.
func (c Config) Complete() (Config, error) {
	if c.Rate == 0 {
		c.Rate = 48000
	}
	if c.Frames == 0 {
		c.Frames = 64
	}
	if c.Priority == 0 {
		c.Priority = 70
	}
	switch {
	case c.Rate < 8000 || c.Rate > 192000:
		return c, fmt.Errorf("Config.Rate %d: not within 8000 to 192000; give e.g. 48000", c.Rate)
	case c.Frames < 16 || c.Frames > 8192 || c.Frames&(c.Frames-1) != 0:
		return c, fmt.Errorf("Config.Frames %d: not a power of two within 16 to 8192; give e.g. 64", c.Frames)
	case c.Priority < 10 || c.Priority > 89:
		return c, fmt.Errorf("Config.Priority %d: not within 10 to 89; give e.g. 70", c.Priority)
	}
	return c, nil
}

// ClientPriority is what clients get: JACK's own rule.
func (c Config) ClientPriority() int { return c.Priority - 5 }
