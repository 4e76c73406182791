package response_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/memkit-go/memkit/hil/response"
)

func values(n int, period float64, f func(t float64) float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = f(float64(i) * period)
	}
	return all
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// A first-order lag rises in T·ln 9, settles in T·ln 50 and has an IAE of T.
func TestFirstOrder(t *testing.T) {
	const lag = 0.2
	for _, step := range []struct{ from, to float64 }{{0, 1}, {5, -3}, {100, 101}} {
		v := values(4000, 0.001, func(at float64) float64 { return step.to + (step.from-step.to)*math.Exp(-at/lag) })
		r, err := response.Measure(response.Config{Period: time.Millisecond, From: step.from, To: step.to}, v)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "rise", r.Rise.Seconds(), lag*math.Log(9), 1e-5)
		near(t, "settling", r.Settling.Seconds(), lag*math.Log(50), 1e-5)
		near(t, "IAE", r.IAE/math.Abs(step.to-step.from), lag, 1e-5)
		near(t, "overshoot", r.Overshoot, 0, 0)
		near(t, "final", r.Final, step.to, 1e-6)
	}
}

// A second-order system with damping ζ goes exp(−πζ/√(1−ζ²)) beyond.
func TestSecondOrder(t *testing.T) {
	const zeta, omega = 0.3, 20.0
	damped := omega * math.Sqrt(1-zeta*zeta)
	v := values(3000, 0.0005, func(at float64) float64 {
		sin, cos := math.Sincos(damped * at)
		return 2 * (1 - math.Exp(-zeta*omega*at)*(cos+zeta*omega/damped*sin))
	})
	r, err := response.Measure(response.Config{Period: 500 * time.Microsecond, To: 2, Band: 0.05}, v)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "overshoot", r.Overshoot, math.Exp(-math.Pi*zeta/math.Sqrt(1-zeta*zeta)), 1e-4)
	// It settles where the error last leaves the band, found here by bisection.
	last := 0.0
	for i, x := range v {
		if math.Abs(x/2-1) > 0.05 {
			last = float64(i) * 0.0005
		}
	}
	near(t, "settling", r.Settling.Seconds(), last, 0.0005)
}

func TestResponsesThatDoNotSettle(t *testing.T) {
	c := response.Config{Period: time.Millisecond, To: 1}
	never, err := response.Measure(c, values(100, 1, func(float64) float64 { return 0.5 }))
	if err != nil || never.Rise >= 0 || never.Settling >= 0 || never.Overshoot != 0 {
		t.Error(never, err)
	}
	if got := never.String(); got != "rise never, overshoot 0.0%, settled never, IAE 0.0495, final 0.5" {
		t.Error(got)
	}
	back, err := response.Measure(c, append(values(100, 1, func(float64) float64 { return 1 }), 0.9))
	if err != nil || back.Settling >= 0 {
		t.Error(back, err)
	}
	at, err := response.Measure(c, []float64{1, 1, 1})
	if err != nil || at.Rise != 0 || at.Settling != 0 || at.IAE != 0 {
		t.Error(at, err)
	}
}

func TestMistakes(t *testing.T) {
	ok := response.Config{Period: 1, To: 1}
	for _, c := range []struct {
		config response.Config
		values []float64
	}{
		{response.Config{To: 1}, []float64{1}}, {response.Config{Period: 1}, []float64{1}}, {response.Config{Period: 1, To: math.NaN()}, []float64{1}},
		{response.Config{Period: 1, To: math.Inf(1)}, []float64{1}}, {response.Config{Period: 1, To: 1, Band: 1}, []float64{1}},
		{ok, nil}, {ok, []float64{0, math.NaN()}}, {ok, []float64{math.Inf(1)}},
	} {
		if r, err := response.Measure(c.config, c.values); err == nil {
			t.Errorf("%v, %v: %v", c.config, c.values, r)
		}
	}
}

func ExampleMeasure() {
	values := []float64{0, 40, 80, 110, 105, 99, 100, 100}
	r, err := response.Measure(response.Config{Period: 10 * time.Millisecond, To: 100}, values)
	fmt.Println(r, err)
	// Output: rise 20.833ms, overshoot 10.0%, settled 45ms, IAE 1.46, final 100 <nil>
}
