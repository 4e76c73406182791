package control

import "time"

// MinimumJerk is the motion between two states that has the least integral of
// squared jerk, a polynomial of fifth degree (T. Flash and N. Hogan, The
// coordination of arm movements, Journal of Neuroscience 5, 1985).
type MinimumJerk struct {
	from, to State
	seconds  float64
	duration time.Duration
	c        [6]float64 // coefficients of powers of s = t/seconds
}

// PlanMinimumJerk plans the motion from one state to another in d.
func PlanMinimumJerk(from, to State, d time.Duration) (MinimumJerk, error) {
	if d <= 0 {
		return MinimumJerk{}, configError("d", d, "set the duration of the motion")
	}
	if err := requireFinite([]field{
		{"from.Position", from.Position}, {"from.Velocity", from.Velocity}, {"from.Acceleration", from.Acceleration},
		{"to.Position", to.Position}, {"to.Velocity", to.Velocity}, {"to.Acceleration", to.Acceleration},
	}); err != nil {
		return MinimumJerk{}, err
	}
	T := d.Seconds()
	// In units of s the derivatives are T and T² times as large.
	x0, v0, a0 := from.Position, from.Velocity*T, from.Acceleration*T*T
	v1, a1 := to.Velocity*T, to.Acceleration*T*T
	step := to.Position - x0
	return MinimumJerk{
		from: from, to: to, seconds: T, duration: d,
		c: [6]float64{
			x0, v0, a0 / 2,
			10*step - 6*v0 - 4*v1 - 1.5*a0 + 0.5*a1,
			-15*step + 8*v0 + 7*v1 + 1.5*a0 - a1,
			6*step - 3*v0 - 3*v1 - 0.5*a0 + 0.5*a1,
		},
	}, nil
}

// Duration returns how long the motion takes.
func (m *MinimumJerk) Duration() time.Duration { return m.duration }

// At returns the state at a time after the start. Before 0 it is the start, after
// Duration the end.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any goroutine.
//
//rt:nonblocking
//rt:nonallocating
func (m *MinimumJerk) At(since time.Duration) State {
	if since <= 0 {
		return m.from
	}
	if since >= m.duration {
		return m.to
	}
	s, c, T := float64(since)/float64(m.duration), &m.c, m.seconds
	return State{
		Position:     c[0] + s*(c[1]+s*(c[2]+s*(c[3]+s*(c[4]+s*c[5])))),
		Velocity:     (c[1] + s*(2*c[2]+s*(3*c[3]+s*(4*c[4]+s*5*c[5])))) / T,
		Acceleration: (2*c[2] + s*(6*c[3]+s*(12*c[4]+s*20*c[5]))) / (T * T),
	}
}
