package control

import "time"

// CascadeConfig describes a [Cascade].
type CascadeConfig struct {
	// Outer's output is the set-point of Inner. Its Period must be Ratio times
	// Inner's.
	Outer, Inner PIDConfig
	// Ratio is how many inner updates there are to one outer update. 0 means 1.
	Ratio int
}

// Cascade is a controller whose output is the set-point of a faster one, such as
// position around velocity. While the inner controller is saturated, the outer
// integral does not move further to that side.
type Cascade struct {
	outer, inner *PID
	ratio        int
	left         int // inner updates until the next outer one
}

// NewCascade makes a cascade at rest.
func NewCascade(c CascadeConfig) (*Cascade, error) {
	if c.Ratio < 0 {
		return nil, configError("CascadeConfig.Ratio", c.Ratio, "set 1 or more, or 0 for 1")
	}
	c.Ratio = max(c.Ratio, 1)
	outer, err := NewPID(c.Outer)
	if err != nil {
		return nil, err
	}
	inner, err := NewPID(c.Inner)
	if err != nil {
		return nil, err
	}
	if want := c.Inner.Period * time.Duration(c.Ratio); c.Outer.Period != want {
		return nil, configError("CascadeConfig.Outer.Period", c.Outer.Period, "set Ratio times the inner Period, "+want.String())
	}
	return &Cascade{outer: outer, inner: inner, ratio: c.Ratio}, nil
}

// Update runs the inner controller, and every Ratio-th time, the first included,
// the outer one before it.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Cascade) Update(setpoint, outerMeasured, innerMeasured float64) float64 {
	if s.left == 0 {
		s.left = s.ratio
		s.outer.step(setpoint, outerMeasured, 0, s.inner.saturated)
	}
	s.left--
	return s.inner.step(s.outer.output, innerMeasured, 0, 0)
}

// Outer returns the outer controller, for its gains and counters.
func (s *Cascade) Outer() *PID { return s.outer }

// Inner returns the inner controller, for its gains and counters.
func (s *Cascade) Inner() *PID { return s.inner }

// Reset returns both controllers to rest.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Cascade) Reset() {
	s.outer.Reset()
	s.inner.Reset()
	s.left = 0
}
