package control

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// checkMotion walks a motion in n steps: position and velocity are continuous and
// each is the integral of the next, and the limits hold.
func checkMotion(t *testing.T, at func(time.Duration) State, d time.Duration, l Limits, n int) {
	t.Helper()
	step := max(d/time.Duration(n), 1)
	h := step.Seconds()
	last := at(0)
	for k := time.Duration(1); k*step <= d; k++ {
		s := at(k * step)
		scale := 1 + math.Abs(s.Position) + math.Abs(last.Position)
		// The trapezoidal rule is exact where the acceleration is constant, and off by
		// at most a·h² where it changes within the step.
		near(t, "position", s.Position, last.Position+h*(s.Velocity+last.Velocity)/2, 2*l.Acceleration*h*h+1e-9*scale)
		near(t, "velocity", s.Velocity, last.Velocity, 1.0001*l.Acceleration*h+1e-9*scale)
		if math.Abs(s.Acceleration) > l.Acceleration*1.0001 {
			t.Fatalf("acceleration %g beyond %g", s.Acceleration, l.Acceleration)
		}
		last = s
	}
}

func TestTrapezoid(t *testing.T) {
	// From rest over 10 at velocity 2 and acceleration 4: .5 s, 4.5 s, .5 s.
	m, err := PlanTrapezoid(State{Position: 1}, 11, Limits{2, 4})
	if err != nil {
		t.Fatal(err)
	}
	if m.Duration() != 5500*time.Millisecond {
		t.Errorf("Duration %v, want 5.5s", m.Duration())
	}
	for at, want := range map[time.Duration]State{
		-1:                      {1, 0, 0},
		0:                       {1, 0, 0},
		250 * time.Millisecond:  {1.125, 1, 4},
		2 * time.Second:         {4.5, 2, 0},
		5250 * time.Millisecond: {10.875, 1, -4},
		6 * time.Second:         {11, 0, 0},
	} {
		got := m.At(at)
		near(t, "position", got.Position, want.Position, 1e-12)
		near(t, "velocity", got.Velocity, want.Velocity, 1e-12)
		near(t, "acceleration", got.Acceleration, want.Acceleration, 0)
	}
	// A short way has no middle part: the duration is 2·√(distance/acceleration).
	short, err := PlanTrapezoid(State{}, -0.25, Limits{2, 4})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Duration", short.Duration().Seconds(), 0.5, 1e-9)
	// Nothing to do.
	if none, err := PlanTrapezoid(State{Position: 3}, 3, Limits{1, 1}); err != nil || none.Duration() != 0 {
		t.Errorf("no way: %v, %v", none.Duration(), err)
	}
}

// No motion is faster: over random starts the planned duration is that of the
// best switching time found by search.
func TestTrapezoidIsFastest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		l := Limits{math.Exp(r.NormFloat64()), math.Exp(r.NormFloat64())}
		from := State{Position: r.NormFloat64() * 5, Velocity: r.NormFloat64() * l.Velocity * 1.5}
		to := r.NormFloat64() * 5
		m, err := PlanTrapezoid(from, to, l)
		if err != nil {
			t.Fatal(err)
		}
		checkMotion(t, m.At, m.Duration(), l, 200)
		near(t, "end", m.At(m.Duration()).Position, to, 0)
		// Just before the end it is there already: no jump to the goal.
		near(t, "position before the end", m.At(m.Duration()-time.Microsecond).Position, to, 1e-6*(1+l.Velocity))
		if from.Velocity <= l.Velocity && from.Velocity >= -l.Velocity {
			near(t, "duration", m.seconds(), fastest(from, to, l), 1e-6*(1+m.seconds()))
		}
	}
}

// fastest finds the least duration by bisection on the peak velocity, signed: the
// way covered grows with it.
func fastest(from State, to float64, l Limits) float64 {
	a := l.Acceleration
	way := func(peak, cruise float64) float64 {
		ramp := math.Copysign(a, peak-from.Velocity)
		return (peak*peak-from.Velocity*from.Velocity)/(2*ramp) + peak*cruise + math.Copysign(peak*peak/(2*a), peak)
	}
	want := to - from.Position
	low, high := -l.Velocity, l.Velocity
	seconds := func(peak, cruise float64) float64 {
		return math.Abs(peak-from.Velocity)/a + cruise + math.Abs(peak)/a
	}
	switch {
	case way(high, 0) < want:
		return seconds(high, (want-way(high, 0))/high)
	case way(low, 0) > want:
		return seconds(low, (want-way(low, 0))/low)
	}
	for range 200 {
		if mid := (low + high) / 2; way(mid, 0) < want {
			low = mid
		} else {
			high = mid
		}
	}
	return seconds(low, 0)
}

func TestStretch(t *testing.T) {
	m, err := PlanTrapezoid(State{}, 10, Limits{2, 4})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Stretch(5 * time.Second); !errors.Is(err, ErrConfig) {
		t.Errorf("a shorter duration: %v", err)
	}
	if err := m.Stretch(11 * time.Second); err != nil {
		t.Fatal(err)
	}
	if m.Duration() != 11*time.Second {
		t.Errorf("Duration %v after Stretch(11s)", m.Duration())
	}
	checkMotion(t, m.At, m.Duration(), Limits{1, 1}, 1000)
	near(t, "velocity half-way", m.At(m.Duration()/2).Velocity, 1, 1e-12)
	near(t, "acceleration at first", m.At(1).Acceleration, 1, 1e-12)
	moving, err := PlanTrapezoid(State{Velocity: 1}, 10, Limits{2, 4})
	if err != nil {
		t.Fatal(err)
	}
	if err := moving.Stretch(time.Hour); !errors.Is(err, ErrConfig) {
		t.Errorf("from a start velocity: %v", err)
	}
	none, err := PlanTrapezoid(State{}, 0, Limits{2, 4})
	if err != nil {
		t.Fatal(err)
	}
	if err := none.Stretch(time.Second); err != nil || none.At(time.Millisecond) != (State{}) {
		t.Errorf("a motion of no length: %v", err)
	}
}

func TestTrapezoidErrors(t *testing.T) {
	for field, plan := range map[string]func() (Trapezoid, error){
		"Limits.Velocity":     func() (Trapezoid, error) { return PlanTrapezoid(State{}, 1, Limits{0, 1}) },
		"Limits.Acceleration": func() (Trapezoid, error) { return PlanTrapezoid(State{}, 1, Limits{1, math.Inf(1)}) },
		"from.Position":       func() (Trapezoid, error) { return PlanTrapezoid(State{Position: math.NaN()}, 1, Limits{1, 1}) },
		"from.Velocity":       func() (Trapezoid, error) { return PlanTrapezoid(State{Velocity: math.Inf(1)}, 1, Limits{1, 1}) },
		"to":                  func() (Trapezoid, error) { return PlanTrapezoid(State{}, math.NaN(), Limits{1, 1}) },
		"the distance":        func() (Trapezoid, error) { return PlanTrapezoid(State{Position: -1e308}, 1e308, Limits{1, 1}) },
		"Limits":              func() (Trapezoid, error) { return PlanTrapezoid(State{}, 1e300, Limits{1, 1}) },
	} {
		if _, err := plan(); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), field+" is ") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// The quintic meets both states, and rest to rest it is the published
// 10s³ − 15s⁴ + 6s⁵.
func TestMinimumJerk(t *testing.T) {
	from, to := State{1, -2, 3}, State{-4, 5, -6}
	m, err := PlanMinimumJerk(from, to, 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   time.Duration
		want State
	}{{0, from}, {1, from}, {2*time.Second - 1, to}, {2 * time.Second, to}, {time.Hour, to}, {-1, from}} {
		got := m.At(c.at)
		near(t, "position", got.Position, c.want.Position, 1e-7)
		near(t, "velocity", got.Velocity, c.want.Velocity, 1e-6)
		near(t, "acceleration", got.Acceleration, c.want.Acceleration, 1e-5)
	}
	checkMotion(t, m.At, m.Duration(), Limits{Acceleration: 60}, 2000)

	rest, err := PlanMinimumJerk(State{}, State{Position: 1}, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 100 {
		s := float64(k) / 100
		near(t, "rest to rest", rest.At(time.Duration(k)*10*time.Millisecond).Position, s*s*s*(10+s*(-15+6*s)), 1e-12)
	}
	if _, err := PlanMinimumJerk(State{}, State{}, 0); !errors.Is(err, ErrConfig) {
		t.Errorf("no duration: %v", err)
	}
	if _, err := PlanMinimumJerk(State{Acceleration: math.NaN()}, State{}, 1); !errors.Is(err, ErrConfig) {
		t.Errorf("NaN: %v", err)
	}
}

func TestRateLimiter(t *testing.T) {
	s, err := NewRateLimiter(RateLimiterConfig{Rise: 10, Fall: 20, Period: 100 * time.Millisecond, Start: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{2, 3, 3.5, 3.5} {
		if got := s.Update(3.5); got != want {
			t.Errorf("rise %d: %g, want %g", i, got, want)
		}
	}
	for i, want := range []float64{1.5, -0.5, -1} {
		if got := s.Update(-1); got != want {
			t.Errorf("fall %d: %g, want %g", i, got, want)
		}
	}
	if got := s.Update(math.NaN()); got != -1 || s.Rejected() != 1 {
		t.Errorf("NaN: output %g, Rejected %d", got, s.Rejected())
	}
	symmetric, err := NewRateLimiter(RateLimiterConfig{Rise: 1, Period: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if got := symmetric.Update(-5); got != -1 {
		t.Errorf("without Fall: %g, want -1", got)
	}
}

// The limiter obeys both limits, never passes a target that stands still when it
// starts at rest, and arrives within two periods of the fastest motion.
func TestAccelerationLimiter(t *testing.T) {
	const h = time.Millisecond
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		l := Limits{math.Exp(r.NormFloat64()), 5 * math.Exp(r.NormFloat64())}
		target := r.NormFloat64()
		s, err := NewAccelerationLimiter(AccelerationLimiterConfig{Limits: l, Period: h})
		if err != nil {
			t.Fatal(err)
		}
		m, err := PlanTrapezoid(State{}, target, l)
		if err != nil {
			t.Fatal(err)
		}
		last, speed := 0.0, 0.0
		for range int(m.Duration()/h) + 3 {
			x := s.Update(target)
			if (x-target)*target > 1e-12*math.Abs(target) {
				t.Fatalf("%+v: %g is beyond the target %g", l, x, target)
			}
			near(t, "Velocity", s.Velocity(), (x-last)/h.Seconds(), 1e-9*(1+l.Velocity))
			if math.Abs(s.Velocity()) > l.Velocity*1.0000001 || math.Abs(s.Velocity()-speed) > l.Acceleration*h.Seconds()*1.000001 {
				t.Fatalf("%+v: velocity %g after %g", l, s.Velocity(), speed)
			}
			last, speed = x, s.Velocity()
		}
		near(t, "end", last, target, l.Acceleration*h.Seconds()*h.Seconds())
	}
}

func TestAccelerationLimiterRejectsWhatIsNotFinite(t *testing.T) {
	s, err := NewAccelerationLimiter(AccelerationLimiterConfig{Limits: Limits{10, 10}, Period: 10 * time.Millisecond, Start: 2})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		s.Update(100)
	}
	speed := s.Velocity()
	s.Update(math.NaN())
	near(t, "velocity after NaN", s.Velocity(), speed-0.1, 1e-12)
	for range 10 {
		s.Update(math.Inf(1))
	}
	if s.Velocity() != 0 || s.Rejected() != 11 {
		t.Errorf("velocity %g, Rejected %d after 11 targets that were not finite", s.Velocity(), s.Rejected())
	}
}

func TestLimiterConfigErrors(t *testing.T) {
	for field, err := range map[string]error{
		"RateLimiterConfig.Period":         second(NewRateLimiter(RateLimiterConfig{Rise: 1})),
		"RateLimiterConfig.Rise":           second(NewRateLimiter(RateLimiterConfig{Period: 1})),
		"RateLimiterConfig.Fall":           second(NewRateLimiter(RateLimiterConfig{Rise: 1, Fall: -1, Period: 1})),
		"RateLimiterConfig.Start":          second(NewRateLimiter(RateLimiterConfig{Rise: 1, Period: 1, Start: math.NaN()})),
		"AccelerationLimiterConfig.Period": second(NewAccelerationLimiter(AccelerationLimiterConfig{Limits: Limits{1, 1}})),
		"Limits.Velocity":                  second(NewAccelerationLimiter(AccelerationLimiterConfig{Period: 1, Limits: Limits{0, 1}})),
		"AccelerationLimiterConfig.Start":  second(NewAccelerationLimiter(AccelerationLimiterConfig{Period: 1, Limits: Limits{1, 1}, Start: math.Inf(1)})),
	} {
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), field+" is ") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
