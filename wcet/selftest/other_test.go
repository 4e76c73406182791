package selftest

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
	"github.com/memkit-go/memkit/wcet/evt"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// An otherKind is a process that nothing was calibrated on, with values in ns.
type otherKind struct {
	name string
	draw func(rng *rand.Rand, x []float64)
	// survival of a value, over the whole run.
	survival func(x float64) float64
	// refused tells that no bound at 1e-6 has any ground.
	refused bool
}

// each draws value by value.
func each(draw func(rng *rand.Rand, i int) float64) func(*rand.Rand, []float64) {
	return func(rng *rand.Rand, x []float64) {
		for i := range x {
			x[i] = draw(rng, i)
		}
	}
}

// otherKinds are as practitioners meet them: clocks with a coarse step, timers that cut
// off, modes that overlap or take turns, drift, correlation, periodic interference.
func otherKinds() []otherKind {
	tail, normal := func(x float64) float64 { return math.Exp(-max(0, x)) }, distuv.UnitNormal.Survival
	erlang2 := func(x float64) float64 { x = max(0, x); return math.Exp(-x) * (1 + x) }
	const base, unit, n = 100_000.0, 10_000.0, 2000
	return []otherKind{
		{"two modes that overlap", each(func(rng *rand.Rand, _ int) float64 { return base + unit*(rng.NormFloat64()+3*float64(rng.IntN(2))) }),
			func(x float64) float64 { z := (x - base) / unit; return (normal(z) + normal(z-3)) / 2 }, false},
		{"a mean that drifts", each(func(rng *rand.Rand, i int) float64 { return base + unit*(rng.NormFloat64()+2*(float64(i)+0.5)/n) }),
			func(x float64) float64 {
				sum := 0.0
				for k := range 100 {
					sum += normal((x-base)/unit-2*(float64(k)+0.5)/100) / 100
				}
				return sum
			}, true},
		{"a clock of 1 µs", each(func(rng *rand.Rand, _ int) float64 {
			return 1000 * math.Floor((rng.ExpFloat64()+rng.ExpFloat64())*unit/1000)
		}), func(x float64) float64 { return erlang2(1000 * (math.Floor(x/1000) + 1) / unit) }, false},
		{"a clock of 10 µs", each(func(rng *rand.Rand, _ int) float64 {
			return unit * math.Floor(rng.ExpFloat64()+rng.ExpFloat64())
		}), func(x float64) float64 { return erlang2(math.Floor(x/unit) + 1) }, true},
		{"correlation .9", func(rng *rand.Rand, x []float64) {
			v := rng.NormFloat64()
			for i := range x {
				v = 0.9*v + math.Sqrt(1-0.81)*rng.NormFloat64()
				x[i] = base + unit*v
			}
		}, func(x float64) float64 { return normal((x - base) / unit) }, true},
		{"a spike in each thousand", func(rng *rand.Rand, x []float64) {
			first := rng.IntN(1000)
			for i := range x {
				x[i] = base + unit*rng.ExpFloat64()
				if i%1000 == first {
					x[i] += 20 * unit
				}
			}
		}, func(x float64) float64 { z := (x - base) / unit; return 0.999*tail(z) + 0.001*tail(z-20) }, false},
		{"99 of 100 are equal", each(func(rng *rand.Rand, _ int) float64 {
			if rng.Float64() < 0.01 {
				return base + unit*rng.ExpFloat64()
			}
			return base
		}), func(x float64) float64 {
			if x < base {
				return 1
			}
			return 0.01 * tail((x-base)/unit)
		}, true},
		{"cut off by a timer", each(func(rng *rand.Rand, _ int) float64 { return unit * min(5, rng.ExpFloat64()) }), func(x float64) float64 {
			if x >= 5*unit {
				return 0
			}
			return tail(x / unit)
		}, true},
		{"no variance", each(func(rng *rand.Rand, _ int) float64 { return unit * math.Pow(1-rng.Float64(), -1/1.5) }),
			func(x float64) float64 { return math.Pow(max(1, x/unit), -1.5) }, true},
		{"every other one slower", each(func(rng *rand.Rand, i int) float64 { return unit * rng.ExpFloat64() * float64(1+i%2) }),
			func(x float64) float64 { return (tail(x/unit) + tail(x/unit/2)) / 2 }, true},
	}
}

// truth is the value exceeded with probability p.
func (k otherKind) truth(p float64) float64 {
	low, high := 0.0, 1.0
	for k.survival(high) > p {
		high *= 2
	}
	for range 100 {
		if middle := (low + high) / 2; k.survival(middle) > p {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// On kinds of samples that nothing was calibrated on, bounds are too low and budgets
// just below the truth pass in no more than 5% of runs, and a refusal has a reason.
func TestOtherKinds(t *testing.T) {
	reps := 40
	if testing.Short() {
		reps = 6
	}
	for i, k := range otherKinds() {
		low, given, pass := 0, 0, map[float64]int{}
		for rep := range reps {
			x := make([]float64, 2000)
			k.draw(rand.New(rand.NewPCG(uint64(70+i), uint64(rep))), x)
			r, err := evt.Fit(x, evt.Options{})
			if err != nil {
				t.Fatalf("%s: %v", k.name, err)
			}
			if r.Bound.Supported == (len(r.Bound.Reasons) > 0) {
				t.Errorf("%s: %v", k.name, r.Bound)
			}
			if r.Bound.Supported {
				given++
				if r.Bound.Upper < k.truth(1e-6) {
					low++
				}
			}
			series := record.Series{Name: "a", Kind: record.Latency, Unit: "ns", Ops: 1, Samples: make([]int64, len(x))}
			for j, v := range x {
				series.Samples[j] = int64(v)
			}
			for _, q := range []float64{0.5, 0.95, 0.99} {
				budget := wcet.Budget{Benchmark: "a", Quantiles: []wcet.QuantileLimit{{P: q, Limit: math.Floor(0.999*k.truth(1-q)) - 1}}}
				evaluations, err := wcet.Evaluate([]wcet.Budget{budget}, map[string]wcet.Population{"a": {Name: "a", Unit: "ns", Latency: []record.Series{series}}})
				if err != nil {
					t.Fatalf("%s: %v", k.name, err)
				}
				if wcet.Overall(evaluations) == wcet.Pass {
					pass[q]++
				}
			}
		}
		t.Logf("%s: %d of %d bounds given, %d too low, passes %v", k.name, given, reps, low, pass)
		if k.refused && given > max(1, reps/10) {
			t.Errorf("%s: %d of %d samples have a bound", k.name, given, reps)
		}
		tooOften := func(m int) bool { return stat.BinomialAtLeast(float64(m), float64(reps), 0.05) < 0.001 }
		if tooOften(low) {
			t.Errorf("%s: %d of %d bounds are too low", k.name, low, reps)
		}
		for q, m := range pass {
			if tooOften(m) {
				t.Errorf("%s: %d of %d pass at quantile %v", k.name, m, reps, q)
			}
		}
	}
}
