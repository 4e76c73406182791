package resampler

import "math"

// loop turns the level's error into a correction of the ratio: proportional and
// integral, behind two low-pass filters that keep the remaining jitter of the
// blocks from the ratio.
type loop struct {
	rate           float64 // nominal, of the first device
	smooth, second float64
	integral       float64
	since          float64
}

// update takes the error in frames, positive when the level is too high, after a
// block of so many seconds, and returns the correction: a factor around 1.
func (l *loop) update(frames, seconds float64) float64 {
	w := 2 * math.Pi * bandwidth(l.since)
	l.since += seconds
	pass := 1 - math.Exp(-8*w*seconds)
	l.smooth += pass * (w/l.rate*frames - l.smooth)
	l.second += pass * (l.smooth - l.second)
	l.integral += w / 4 * seconds * l.second
	l.integral = min(max(l.integral, -limit), limit)
	return 1 + min(max(l.second+l.integral, -limit), limit)
}

// restart keeps the integral, which is the known difference of the clocks.
func (l *loop) restart() { l.smooth, l.second, l.since = 0, 0, 0 }
