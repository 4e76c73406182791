package control

import "time"

// RateLimiter follows its input at a bounded rate.
type RateLimiter struct {
	rise, fall float64 // a period
	output     float64
	rejected   uint64
}

// RateLimiterConfig describes a [RateLimiter].
type RateLimiterConfig struct {
	// Rise is the fastest increase, in units/s. It has no default.
	Rise float64
	// Fall is the fastest decrease, in units/s, as a positive number. 0 means Rise.
	Fall float64
	// Period is the time between two updates. It has no default.
	Period time.Duration
	// Start is the first output.
	Start float64
}

// NewRateLimiter makes a limiter at Start.
func NewRateLimiter(c RateLimiterConfig) (*RateLimiter, error) {
	if c.Fall == 0 {
		c.Fall = c.Rise
	}
	if c.Period <= 0 {
		return nil, configError("RateLimiterConfig.Period", c.Period, "set the time between two updates")
	}
	if err := requirePositive([]field{{"RateLimiterConfig.Rise", c.Rise}, {"RateLimiterConfig.Fall", c.Fall}}); err != nil {
		return nil, err
	}
	if err := requireFinite([]field{{"RateLimiterConfig.Start", c.Start}}); err != nil {
		return nil, err
	}
	h := c.Period.Seconds()
	return &RateLimiter{rise: c.Rise * h, fall: c.Fall * h, output: c.Start}, nil
}

// Update moves the output towards target and returns it. When target is not
// finite, the output stays as it was and Rejected counts one.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *RateLimiter) Update(target float64) float64 {
	if !finite(target) {
		s.rejected++
		return s.output
	}
	switch step := target - s.output; {
	case step > s.rise:
		s.output += s.rise
	case step < -s.fall:
		s.output -= s.fall
	default:
		s.output = target
	}
	return s.output
}

// Rejected counts the targets that were not finite and changed nothing.
func (s *RateLimiter) Rejected() uint64 { return s.rejected }
