package control

import (
	"math"
	"time"
)

// Trapezoid is the fastest motion to a point of rest within limits of velocity
// and acceleration: it accelerates, moves at the velocity limit, and brakes. Over
// a short distance the middle part is missing. A start velocity is taken up; where
// it is too large to stop in time, or leads away, the motion brakes, passes the
// point and comes back (T. Kröger, On-Line Trajectory Generation in Robotic
// Systems, 2010, section 4.2, type I).
type Trapezoid struct {
	start      State
	part       [3]segment
	end        float64 // position
	slow       float64 // time scale, at least 1, set by Stretch
	startsRest bool
}

// segment is a part of constant acceleration.
type segment struct{ seconds, acceleration float64 }

// PlanTrapezoid plans the motion from a position and velocity (from.Acceleration
// is not used) to a point of rest.
func PlanTrapezoid(from State, to float64, l Limits) (Trapezoid, error) {
	if err := l.validate(); err != nil {
		return Trapezoid{}, err
	}
	if err := requireFinite([]field{
		{"from.Position", from.Position}, {"from.Velocity", from.Velocity}, {"to", to}, {"the distance", to - from.Position},
	}); err != nil {
		return Trapezoid{}, err
	}
	a, v := l.Acceleration, from.Velocity
	// Braking at once ends at stop. The motion goes to the side on which the goal
	// lies from there.
	stop := from.Position + v*math.Abs(v)/(2*a)
	direction := 1.0
	if to < stop {
		direction = -1
	}
	// From here on positions and velocities count in that direction.
	v *= direction
	distance := (to - from.Position) * direction
	peak := min(l.Velocity, math.Sqrt(max(0, a*distance+v*v/2)))
	rate := a
	if v > peak {
		rate = -a
	}
	// The speed limit leaves a part of the way between the two ramps.
	ramps := (peak*peak-v*v)/(2*rate) + peak*peak/(2*a)
	cruise := 0.0
	if peak == l.Velocity {
		cruise = max(0, distance-ramps) / peak
	}
	t := Trapezoid{
		start: State{Position: from.Position, Velocity: from.Velocity},
		part: [3]segment{
			{math.Abs(peak-v) / a, direction * rate},
			{cruise, 0},
			{peak / a, -direction * a},
		},
		end:        to,
		slow:       1,
		startsRest: from.Velocity == 0,
	}
	if s := t.seconds(); !finite(s) || s > float64(math.MaxInt64)/1e9 {
		return Trapezoid{}, configError("Limits", l, "the motion would take longer than a time.Duration holds; raise the limits")
	}
	return t, nil
}

func (t *Trapezoid) seconds() float64 {
	return (t.part[0].seconds + t.part[1].seconds + t.part[2].seconds) * t.slow
}

// Duration returns how long the motion takes, rounded up to a nanosecond.
func (t *Trapezoid) Duration() time.Duration {
	return time.Duration(math.Ceil(t.seconds() * 1e9))
}

// Stretch slows the motion down so that it takes d, which lets several axes arrive
// at the same moment. It refuses a d that is shorter than the motion, and a motion
// that does not start at rest.
func (t *Trapezoid) Stretch(d time.Duration) error {
	natural := t.seconds() / t.slow
	switch {
	case !t.startsRest:
		return configError("from.Velocity", t.start.Velocity, "a motion can be stretched only from rest")
	case d.Seconds() < natural-1e-9:
		return configError("d", d, "set at least "+t.Duration().String()+", or raise the limits")
	case natural == 0:
		return nil
	}
	t.slow = max(1, d.Seconds()/natural)
	return nil
}

// At returns the state at a time after the start. Before 0 it is the start, after
// Duration the end, at rest.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any goroutine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 3 parts
func (t *Trapezoid) At(since time.Duration) State {
	if since <= 0 {
		return t.start
	}
	left := float64(since) / 1e9 / t.slow
	at, v := t.start.Position, t.start.Velocity
	for i := range t.part {
		p := &t.part[i]
		if left < p.seconds {
			return State{
				Position:     at + left*(v+p.acceleration*left/2),
				Velocity:     (v + p.acceleration*left) / t.slow,
				Acceleration: p.acceleration / (t.slow * t.slow),
			}
		}
		at += p.seconds * (v + p.acceleration*p.seconds/2)
		v += p.acceleration * p.seconds
		left -= p.seconds
	}
	return State{Position: t.end}
}
