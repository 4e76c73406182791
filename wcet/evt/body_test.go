package evt

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/reference"
)

// regular is a sample without chance: n equally likely values of a kind.
func regular(k family.Kind, n int) *Sample {
	x := make([]float64, n)
	for i := range x {
		x[i] = k.Quantile((float64(i) + 0.5) / float64(n))
	}
	return NewSample([][]float64{x})
}

// A limit from few samples is at least what the body of a population with a hump gives,
// and nothing of one whose density falls from the least value on.
func TestBodyLimit(t *testing.T) {
	for _, c := range []struct {
		kind   family.Kind
		n      int
		weight float64
	}{
		{family.Normal("normal"), 2000, 1},
		{family.Normal("normal"), 600, 1},
		{family.Normal("normal"), 3000, 1},
		{family.Normal("normal"), 3873, 0.5},
		{family.Normal("normal"), 5000, 0},
		{family.Gamma("gamma8", 8), 2000, 1},
		{family.Weibull("weibull1.5", 1.5), 2000, 1},
		{family.Pareto("gpd-0.2", -0.2), 2000, 0},
		{family.Pareto("exponential", 0), 2000, 0},
	} {
		b := newBody(regular(c.kind, c.n))
		reference.Near(t, c.kind.Name, b.weight, c.weight, 1e-2)
	}
	b := newBody(regular(family.Normal("normal"), 2000))
	reference.Near(t, "start", b.start, 1.2816, 1e-2)
	reference.Near(t, "scale", b.scale, (2.0537-1.2816)/math.Log(5), 1e-2)
	for confidence, room := range map[float64]float64{0.95: 1.75, 0.5 + 1e-9: 1, 0.99: 1 + 0.75*2.3263/1.645} {
		reference.Near(t, "room", (b.limit(1e-6, confidence)-b.start)/(b.scale*math.Log(1e5)), room, 1e-3)
	}
	reference.Near(t, "limit at the start", b.limit(0.1, 0.95), b.start, 1e-9)
	half := body{start: 1, scale: 2, weight: 0.5}
	reference.Near(t, "half the weight", half.limit(1e-6, 0.95)-1, 0.5*1.75*2*math.Log(1e5), 1e-2)
	if got := (body{start: 1, scale: 2}).limit(1e-6, 0.95); !math.IsInf(got, -1) {
		t.Errorf("without weight: %v", got)
	}
}

// Between a hump's skew and that of a falling density the weight goes from 1 to 0.
func TestBodyWeight(t *testing.T) {
	for skew, want := range map[float64]float64{1: 1, 1.8: 1, 1.95: 0.5, 2.1: 0, 3: 0} {
		// 1 in 10 at 0, half at 1, and the upper tenth from 1+skew on.
		x := make([]float64, 2000)
		for i := range x {
			switch {
			case i < 300:
			case i < 1700:
				x[i] = 1
			default:
				x[i] = 1 + skew
			}
		}
		reference.Near(t, "weight", newBody(NewSample([][]float64{x})).weight, want, 1e-6)
	}
}

// The largest of many samples of an exponential tail stands beyond its usual place as a
// Gumbel variable does, whatever location and scale.
func TestStanding(t *testing.T) {
	const reps, n = 400, 500
	sum, squares := 0.0, 0.0
	for rep := range reps {
		rng := rand.New(rand.NewPCG(12, uint64(rep)))
		largest := 0.0
		for range n {
			largest = max(largest, rng.ExpFloat64())
		}
		b := body{start: 1000 + 7*math.Log(10), scale: 7}
		z := b.standing(1000+7*largest, n)
		sum, squares = sum+z, squares+z*z
	}
	mean := sum / reps
	reference.Near(t, "mean", mean, 0.577, 0.2)
	reference.Near(t, "variance", squares/reps-mean*mean, math.Pi*math.Pi/6, 0.4)
	if got := (body{start: 3}).standing(9, n); got != 0 {
		t.Errorf("without a scale: %v", got)
	}
}

// In many samples a largest one that stands far out makes room for a mode which hides
// behind it.
func TestLimitAsksWhereTheLargestStands(t *testing.T) {
	heavy := regular(family.Pareto("gpd+0.2", 0.2), 200_000)
	e, err := heavy.Estimate(Options{})
	if err != nil {
		t.Fatal(err)
	}
	tail := e.Tail.(*exceedanceTail)
	z := tail.body.standing(heavy.Largest(), 200_000)
	want := modeLimit(200_000, tail.body.start, heavy.Largest(), 1e-6, modeMissed(200_000, 0.95, tail.topRatio, z))
	if usual := modeLimit(200_000, tail.body.start, heavy.Largest(), 1e-6, modeMissed(200_000, 0.95, tail.topRatio, 0)); z < 2 || want <= usual {
		t.Fatalf("the largest stands at %v: %v against %v shows nothing", z, want, usual)
	}
	reference.Near(t, "limit", tail.Limit(1e-6, 0.95), want, 1e-9*want)
}

// A coarse clock leaves a body of one value, of which nothing follows.
func TestBodyOfOneValue(t *testing.T) {
	for _, low := range []float64{0, 1} {
		x := make([]float64, 2000)
		for i := range x {
			x[i] = 1
			if i < 300 {
				x[i] = low
			}
			if i >= 1990 {
				x[i] = float64(i)
			}
		}
		s := NewSample([][]float64{x})
		if got := newBody(s).limit(1e-6, 0.95); got > 1 || math.IsNaN(got) {
			t.Errorf("least value %v: %v", low, got)
		}
	}
}

// The tail's own limit gives way to that of the body.
func TestLimitIsAtLeastTheBodys(t *testing.T) {
	s := regular(family.Normal("normal"), 2000)
	for name, opt := range map[string]Options{"chosen": {}, "fixed": {Model: ModelGPD, Threshold: new(float64)}} {
		if opt.Threshold != nil {
			*opt.Threshold = 1.5
		}
		e, err := s.Estimate(opt)
		if err != nil {
			t.Fatal(err)
		}
		tail := e.Tail.(*exceedanceTail)
		want := newBody(s).limit(1e-6, 0.95)
		if fit := tail.profileLimit(1e-6, 0.95); fit >= want {
			t.Fatalf("%s: the fit gives %v, the body %v: nothing is shown", name, fit, want)
		}
		reference.Near(t, name, tail.Limit(1e-6, 0.95), want, 1e-9)
		if lower := tail.Limit(1e-6, 0.05); !(lower < tail.Quantile(1e-6)) {
			t.Errorf("%s: the lower limit %v is beyond the estimate", name, lower)
		}
	}
}
