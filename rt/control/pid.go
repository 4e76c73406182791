package control

import (
	"fmt"
	"math"
	"time"
)

// Gains of a [PID] in parallel form: u = P·e + I·∫e dt + D·de/dt.
type Gains struct {
	// P is the proportional gain, in units of output per unit of error.
	P float64
	// I is the integral gain, in units of output per unit of error and second.
	I float64
	// D is the derivative gain, in units of output times seconds per unit of error.
	D float64
}

// PIDConfig describes a [PID].
type PIDConfig struct {
	Gains
	// Period is the time between two updates. It has no default.
	Period time.Duration
	// DerivativeFilter is the time constant of the low-pass filter on the
	// derivative. 0 means that the derivative is the plain difference of two
	// samples, which amplifies noise. D divided by 5 to 20 times P is usual.
	DerivativeFilter time.Duration
	// Min and Max bound the output. Both 0 means no bound.
	Min, Max float64
	// Tracking is the time constant with which the integral follows a saturated
	// output (back-calculation). 0 means √(D/I), or P/I without a derivative, or
	// one Period without a proportional part, and never less than one Period.
	Tracking time.Duration
	// SetpointWeight is the share of the set-point in the proportional part: less
	// than 1 lowers the overshoot after a step of the set-point. 0 means 1.
	SetpointWeight float64
	// DerivativeOnSetpoint lets the derivative see the set-point too. By default
	// it sees the measurement alone, so that a step of the set-point causes no
	// impulse.
	DerivativeOnSetpoint bool
}

// String gives the gains, the period and the bounds.
func (c PIDConfig) String() string {
	bounds := "unbounded"
	if c.Min != 0 || c.Max != 0 {
		bounds = fmt.Sprintf("output %g to %g", c.Min, c.Max)
	}
	return fmt.Sprintf("PID P %g, I %g, D %g every %v, %s", c.P, c.I, c.D, c.Period, bounds)
}

// PID is a discrete proportional-integral-derivative controller in positional
// form: the integral by the forward difference, the filtered derivative by the
// backward difference, anti-windup by back-calculation (K. J. Åström and
// T. Hägglund, Advanced PID Control, 2006, sections 3.5 and 13.3 to 13.4).
//
// After each update the unbounded output is the sum of the three parts, and the
// integral has moved towards the value that would have given the bounded output.
type PID struct {
	p, i, d  float64 // i is I·Period, d is D/(filter+Period)
	decay    float64 // filter/(filter+Period)
	back     float64 // Period/Tracking, at most 1
	weight   float64
	onSet    float64 // 1 when the derivative sees the set-point
	min, max float64

	integral   float64
	derivative float64
	seen       float64 // what the derivative saw last
	primed     bool    // seen is valid

	setpoint, measured float64 // of the last update
	output             float64
	saturated          int // −1, 0, 1
	rejected           uint64

	config PIDConfig
}

// NewPID makes a controller at rest. It refuses a Period that is not above 0,
// numbers that are not finite, and a Max below Min.
func NewPID(c PIDConfig) (*PID, error) {
	if c.Period <= 0 {
		return nil, configError("PIDConfig.Period", c.Period, "set the time between two updates")
	}
	if err := requireFinite([]field{
		{"PIDConfig.P", c.P}, {"PIDConfig.I", c.I}, {"PIDConfig.D", c.D},
		{"PIDConfig.Min", c.Min}, {"PIDConfig.Max", c.Max},
		{"PIDConfig.SetpointWeight", c.SetpointWeight},
	}); err != nil {
		return nil, err
	}
	switch {
	case c.DerivativeFilter < 0:
		return nil, configError("PIDConfig.DerivativeFilter", c.DerivativeFilter, "set a time constant, or 0 for none")
	case c.Tracking < 0:
		return nil, configError("PIDConfig.Tracking", c.Tracking, "set a time constant, or 0 for the default")
	case c.Max < c.Min:
		return nil, configError("PIDConfig.Max", c.Max, fmt.Sprintf("set Max to Min (%g) or more", c.Min))
	case c.Min == c.Max && c.Min != 0:
		return nil, configError("PIDConfig.Max", c.Max, "set Max above Min")
	}
	if c.SetpointWeight == 0 {
		c.SetpointWeight = 1
	}
	s := &PID{config: c, weight: c.SetpointWeight, min: c.Min, max: c.Max}
	if c.Min == c.Max {
		s.min, s.max = math.Inf(-1), math.Inf(1)
	}
	if c.DerivativeOnSetpoint {
		s.onSet = 1
	}
	s.setGains(c.Gains)
	return s, nil
}

// Update takes the set-point and the measurement of this period and returns the
// output, within Min and Max. When either is not finite, the output stays as it
// was and Rejected counts one.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *PID) Update(setpoint, measured float64) float64 {
	return s.step(setpoint, measured, 0, 0)
}

// UpdateWith is Update with a feed-forward that is added to the output before it
// is bounded.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *PID) UpdateWith(setpoint, measured, feedForward float64) float64 {
	return s.step(setpoint, measured, feedForward, 0)
}

// step does an update. The integral does not move in the direction of stop: the
// inner controller of a cascade is saturated on that side.
func (s *PID) step(setpoint, measured, feedForward float64, stop int) float64 {
	if !finite(setpoint) || !finite(measured) || !finite(feedForward) {
		s.rejected++
		return s.output
	}
	visible := s.onSet*setpoint - measured
	if !s.primed {
		s.seen, s.primed = visible, true
	}
	s.derivative = s.decay*s.derivative + s.d*(visible-s.seen)
	s.seen = visible
	s.setpoint, s.measured = setpoint, measured

	u := s.p*(s.weight*setpoint-measured) + s.integral + s.derivative + feedForward
	bounded := u
	s.saturated = 0
	if u > s.max {
		bounded, s.saturated = s.max, 1
	} else if u < s.min {
		bounded, s.saturated = s.min, -1
	}
	move := s.i*(setpoint-measured) + s.back*(bounded-u)
	if stop == 0 || float64(stop)*move < 0 {
		s.integral += move
	}
	s.output = bounded
	return bounded
}

// Track takes over from another source of the output, such as a person's hand:
// after it, Update with the same set-point and measurement returns output. Call
// it once at the take-over, or each period while the other source is in charge.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *PID) Track(output, setpoint, measured float64) {
	if !finite(output) || !finite(setpoint) || !finite(measured) {
		s.rejected++
		return
	}
	output = clamp(output, s.min, s.max)
	s.derivative = 0
	s.seen, s.primed = s.onSet*setpoint-measured, true
	s.setpoint, s.measured = setpoint, measured
	s.integral = output - s.p*(s.weight*setpoint-measured)
	s.output, s.saturated = output, 0
}

// SetGains changes the gains without a jump of the output: the integral takes up
// the change of the other two parts. It refuses gains that are not finite.
//
// Cost: O(1). Allocates: on an error. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:allow ML613 reason="only the error for gains that are not finite"
func (s *PID) SetGains(g Gains) error {
	if err := requireFinite([]field{{"Gains.P", g.P}, {"Gains.I", g.I}, {"Gains.D", g.D}}); err != nil {
		return err
	}
	before := s.p*(s.weight*s.setpoint-s.measured) + s.derivative
	if s.config.D != 0 {
		s.derivative *= g.D / s.config.D
	} else {
		s.derivative = 0
	}
	s.setGains(g)
	after := s.p*(s.weight*s.setpoint-s.measured) + s.derivative
	s.integral += before - after
	return nil
}

// Reset returns to the state after NewPID, with the gains as they are.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *PID) Reset() {
	s.integral, s.derivative, s.seen, s.primed = 0, 0, 0, false
	s.setpoint, s.measured, s.output, s.saturated = 0, 0, 0, 0
}

// Output returns what the last update returned.
func (s *PID) Output() float64 { return s.output }

// Saturated returns 1 when the last output was cut to Max, −1 when it was cut to
// Min, and 0 when it was not cut.
func (s *PID) Saturated() int { return s.saturated }

// Rejected counts the updates that were not finite and changed nothing.
func (s *PID) Rejected() uint64 { return s.rejected }

func (s *PID) setGains(g Gains) {
	s.config.Gains = g
	h := s.config.Period.Seconds()
	filter := s.config.DerivativeFilter.Seconds()
	s.p = g.P
	s.i = g.I * h
	s.d = g.D / (filter + h)
	s.decay = filter / (filter + h)
	s.back = 0
	if g.I != 0 {
		s.back = h / max(s.config.tracking(), h)
	}
}

// tracking returns the time constant of the anti-windup in seconds.
func (c *PIDConfig) tracking() float64 {
	if c.Tracking > 0 {
		return c.Tracking.Seconds()
	}
	switch {
	case c.I == 0:
		return 0
	case c.D != 0:
		return math.Sqrt(math.Abs(c.D / c.I))
	default:
		return math.Abs(c.P / c.I)
	}
}
