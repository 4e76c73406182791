package stat

import (
	"math"
	"testing"
)

// TestNewtonGoesOn: Newton's steps on x⁴ gain less each, by a factor of five; it goes
// on as long as one gains what counts.
func TestNewtonGoesOn(t *testing.T) {
	f := func(v []float64) float64 { return math.Pow(v[0], 4) + math.Pow(v[1]-1, 2) }
	v, least := Newton(f, []float64{1, 0}, []float64{1, 1})
	if least > 1e-6 || math.Abs(v[1]-1) > 1e-3 {
		t.Errorf("the minimum is %v at %v, want 0 at 0, 1", least, v)
	}
}

// TestCrossing: the walk ends where the excess is 0, beyond hundreds of its first
// steps, at the edge of a domain, and never.
func TestCrossing(t *testing.T) {
	for name, c := range map[string]struct {
		excess      func(float64) float64
		first, want float64
	}{
		"near":        {func(x float64) float64 { return x - 0.5 }, 1, 0.5},
		"far":         {func(x float64) float64 { return x - 1e4 }, 1, 1e4},
		"downwards":   {func(x float64) float64 { return -x - 70 }, -1, -70},
		"never":       {func(float64) float64 { return -1 }, 1, math.Inf(1)},
		"never below": {func(float64) float64 { return -1 }, -1, math.Inf(-1)},
		"an edge": {func(x float64) float64 {
			if x > 5 {
				return math.NaN()
			}
			return -1
		}, 1, 5},
	} {
		got := Crossing(c.excess, 0, c.first)
		if math.IsInf(c.want, 0) && got != c.want || !(math.Abs(got-c.want) <= 1e-3) && !math.IsInf(c.want, 0) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestThinned: no more values than were asked for, the first among them, evenly.
func TestThinned(t *testing.T) {
	x := make([]float64, 199)
	for i := range x {
		x[i] = float64(i)
	}
	for n, want := range map[int]int{1: 1, 99: 67, 100: 100, 150: 100, 199: 199, 500: 199} {
		if y := Thinned(x, n); len(y) != want || y[0] != 0 {
			t.Errorf("%d of 199 values: %d, want %d", n, len(y), want)
		}
	}
}
