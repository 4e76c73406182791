package control

import (
	"testing"
	"time"
)

func TestNoAllocation(t *testing.T) {
	pid := mustPID(t, PIDConfig{Gains: Gains{P: 1, I: 1, D: 1}, Period: time.Second})
	cascade, _ := NewCascade(CascadeConfig{Outer: PIDConfig{Period: time.Second}, Inner: PIDConfig{Period: time.Second}})
	filter, _ := Notch(FilterConfig{Hz: 10, Rate: 100})
	trapezoid, _ := PlanTrapezoid(State{}, 1, Limits{1, 1})
	jerk, _ := PlanMinimumJerk(State{}, State{Position: 1}, time.Second)
	rate, _ := NewRateLimiter(RateLimiterConfig{Rise: 1, Period: time.Second})
	acceleration, _ := NewAccelerationLimiter(AccelerationLimiterConfig{Limits: Limits{1, 1}, Period: time.Second})
	m, v := Identity[Vec6](), Vec6{1, 2, 3, 4, 5, 6}
	if n := testing.AllocsPerRun(100, func() {
		pid.Update(1, 2)
		pid.UpdateWith(1, 2, 3)
		pid.Track(1, 2, 3)
		if pid.SetGains(Gains{P: 2}) != nil {
			t.Fatal("SetGains refused")
		}
		cascade.Update(1, 2, 3)
		filter.Update(1)
		filter.Reset(1)
		trapezoid.At(time.Millisecond)
		jerk.At(time.Millisecond)
		rate.Update(1)
		acceleration.Update(1)
		m.Mul(&m, &m)
		m.Transpose(&m)
		m.Add(&m, &m)
		m.Scale(0.5, &m)
		v, _ = m.Solve(v)
		v = m.MulVec(Add(v, Scale(1/Dot(v, v), v)))
		pid.Reset()
		cascade.Reset()
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkPID(b *testing.B) {
	s, err := NewPID(PIDConfig{Gains: Gains{P: 2, I: 10, D: 0.01}, Period: time.Millisecond, DerivativeFilter: time.Millisecond, Min: -1, Max: 1})
	if err != nil {
		b.Fatal(err)
	}
	y := 0.0
	for b.Loop() {
		y += 0.001 * (s.Update(1, y) - y)
	}
}

func BenchmarkSolve6(b *testing.B) {
	m := Identity[Vec6]()
	for i := range m {
		for j := range m[i] {
			m[i][j] += float64((i*7+j*3)%5) / 10
		}
	}
	v := Vec6{1, 2, 3, 4, 5, 6}
	for b.Loop() {
		m.Solve(v)
	}
}
