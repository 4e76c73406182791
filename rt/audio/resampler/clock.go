package resampler

import "math"

// clock filters the times of a device's blocks: a delay-locked loop of second order
// whose state is the time of the latest block and the length of a frame.
type clock struct {
	nominal float64 // s a frame
	count   uint64  // frames up to the latest block's time
	time    float64 // s
	period  float64 // s a frame
	started bool
	since   float64 // s of steady blocks, for the bandwidth
}

// settle is when the bandwidth begins to narrow, in seconds after the start.
const settle = 4

// bandwidth returns the bandwidth in Hz after so many seconds: wide at the start,
// then falling as 1/t.
func bandwidth(since float64) float64 {
	return min(max(2/max(since, settle), 0.02), 0.5)
}

// slack is by how much a block may come late or early before its time counts as a
// jump, in s.
const slack = 0.05

// update takes the time at which the frames before it were complete, and reports
// whether the clock was continuous.
func (c *clock) update(frames int, at float64) bool {
	c.count += uint64(frames)
	if !c.started {
		*c = clock{nominal: c.nominal, count: c.count, time: at, period: c.nominal, started: true}
		return false
	}
	length := float64(frames) * c.period
	late := at - (c.time + length)
	if math.Abs(late) > slack+length {
		// A stall or a lost block. The period is still the best guess.
		c.time, c.since = at, 0
		return false
	}
	w := 2 * math.Pi * bandwidth(c.since) * length
	w = min(w, 0.3) // stable also for long blocks
	c.time += length + math.Sqrt2*w*late
	c.period += w * w * late / float64(max(frames, 1))
	c.period = min(max(c.period, c.nominal*(1-limit)), c.nominal*(1+limit))
	c.since += length
	return true
}

// limit is how far a clock may be from its nominal rate.
const limit = 2e-3
