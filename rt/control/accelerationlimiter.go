package control

import (
	"math"
	"time"
)

// AccelerationLimiter follows its input with bounded velocity and acceleration.
// It brakes in time for a target that stands still, so that the output neither
// overshoots nor oscillates around it.
//
// In each period of length h it takes the highest velocity from which braking by
// a·h in each later period ends at the target. Velocity (n+f)·a·h, with whole n and
// f below 1, covers (n+1)·(n/2+f)·a·h² until rest, this period included; Update
// solves that for n and f.
type AccelerationLimiter struct {
	period, limit, change float64 // s, units/s, units/s of velocity a period
	position, velocity    float64
	rejected              uint64
}

// AccelerationLimiterConfig describes an [AccelerationLimiter].
type AccelerationLimiterConfig struct {
	Limits
	// Period is the time between two updates. It has no default.
	Period time.Duration
	// Start is the first output, at rest.
	Start float64
}

// NewAccelerationLimiter makes a limiter at rest at Start.
func NewAccelerationLimiter(c AccelerationLimiterConfig) (*AccelerationLimiter, error) {
	if c.Period <= 0 {
		return nil, configError("AccelerationLimiterConfig.Period", c.Period, "set the time between two updates")
	}
	if err := c.Limits.validate(); err != nil {
		return nil, err
	}
	if err := requireFinite([]field{{"AccelerationLimiterConfig.Start", c.Start}}); err != nil {
		return nil, err
	}
	h := c.Period.Seconds()
	return &AccelerationLimiter{period: h, limit: c.Velocity, change: c.Acceleration * h, position: c.Start}, nil
}

// Update moves the output towards target and returns it. When target is not
// finite, the output moves on towards rest and Rejected counts one.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *AccelerationLimiter) Update(target float64) float64 {
	want := 0.0
	if finite(target) {
		left := target - s.position
		x := math.Abs(left) / (s.change * s.period)
		n := math.Floor((math.Sqrt(1+8*x) - 1) / 2)
		f := (x - n*(n+1)/2) / (n + 1)
		want = math.Copysign(min((n+f)*s.change, s.limit), left)
	} else {
		s.rejected++
	}
	s.velocity = clamp(want, s.velocity-s.change, s.velocity+s.change)
	s.position += s.velocity * s.period
	return s.position
}

// Velocity returns the rate of change of the output in units/s, for use as a
// feed-forward.
func (s *AccelerationLimiter) Velocity() float64 { return s.velocity }

// Rejected counts the targets that were not finite.
func (s *AccelerationLimiter) Rejected() uint64 { return s.rejected }
