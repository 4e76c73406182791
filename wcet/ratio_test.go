package wcet

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// ratioRuns judges a benchmark against an equal peer, of which the one is slower by
// the factor, in runs of five processes, and counts FAIL of "p99 at most equal".
func ratioRuns(t *testing.T, runs int, factor float64, draw func(rng *rand.Rand, x []float64), process func(*rand.Rand) float64) int {
	t.Helper()
	const n = 600
	budget := Budget{Benchmark: "a", Ratios: []RatioLimit{{To: "b", P: 0.99, Limit: 1}}}
	fails := 0
	for run := range runs {
		rng := rand.New(rand.NewPCG(uint64(run), 0x7a710))
		x := make([]float64, n)
		side := func(name string, factor float64) Population {
			pop := Population{Name: name, Unit: "ns"}
			for k := range 5 {
				draw(rng, x)
				s := record.Series{Name: name, Kind: record.Latency, Unit: "ns", Ops: 1, Process: k, Samples: make([]int64, n)}
				effect := process(rng)
				for i, v := range x {
					s.Samples[i] = int64(min(1e4*v*factor*effect, 1e17))
				}
				pop.Latency = append(pop.Latency, s)
			}
			return pop
		}
		evaluations, err := Evaluate([]Budget{budget}, pops(side("a", factor), side("b", 1)))
		if err != nil {
			t.Fatal(err)
		}
		if Overall(evaluations) == Fail {
			fails++
		}
	}
	return fails
}

// At the budget itself a ratio fails in at most 1% of all runs, whatever latencies
// are distributed like and however processes differ; and it can fail.
func TestRatioSize(t *testing.T) {
	runs := 240
	if testing.Short() {
		runs = 60
	}
	alike := func(*rand.Rand) float64 { return 1 }
	differ := func(rng *rand.Rand) float64 { return math.Exp(0.1 * rng.NormFloat64()) }
	for _, c := range []struct {
		name    string
		draw    func(rng *rand.Rand, x []float64)
		process func(*rand.Rand) float64
	}{
		{"exponential", drawEach((*rand.Rand).ExpFloat64), alike},
		{"processes differ", drawEach((*rand.Rand).ExpFloat64), differ},
		{"heavy", drawEach(func(rng *rand.Rand) float64 { return math.Pow(1-rng.Float64(), -0.7) }), alike},
		{"two values", drawEach(func(rng *rand.Rand) float64 {
			if rng.Float64() < 0.01 {
				return 9
			}
			return 1
		}), alike},
		{"bursts", family.DrawBursts, alike},
	} {
		fails := ratioRuns(t, runs, 1, c.draw, c.process)
		t.Logf("%s: %d of %d", c.name, fails, runs)
		if p := stat.BinomialAtLeast(float64(fails), float64(runs), failLevel); p < 0.01 {
			t.Errorf("%s: %d of %d equal pairs fail", c.name, fails, runs)
		}
	}
	if fails := ratioRuns(t, runs/4, 2, drawEach((*rand.Rand).ExpFloat64), differ); fails < runs/4*9/10 {
		t.Errorf("twice as slow: %d of %d fail", fails, runs/4)
	}
}

func drawEach(one func(*rand.Rand) float64) func(*rand.Rand, []float64) {
	return func(rng *rand.Rand, x []float64) {
		for i := range x {
			x[i] = one(rng)
		}
	}
}

// Seven large samples in each of five processes agree so well that Student's t is
// sure of a ratio of 1.05, but 35 samples of 3,000 do not show that the 99% quantile
// is among them.
func TestRatioNeedsSamplesBeyondTheQuantile(t *testing.T) {
	pop := func(name string, far float64) Population {
		return drawn(name, 5, 600, func(rng *rand.Rand, _, i int) float64 {
			if i%85 == 84 {
				return far + rng.Float64()
			}
			return 1000 + float64(i%2)
		})
	}
	budget := Budget{Benchmark: "a", Ratios: []RatioLimit{{To: "b", P: 0.99, Limit: 1}}}
	got := evaluateOne(t, budget, pop("a", 10500), pop("b", 10000))
	if got.Verdict != Inconclusive || got.Estimate < 1.04 {
		t.Errorf("%+v", got)
	}
	// Nor do 25 of 3,000 show that the other one's is not among them.
	steady := drawn("a", 5, 600, func(rng *rand.Rand, _, _ int) float64 { return 10000 + 2*rng.Float64() })
	rare := drawn("b", 5, 600, func(rng *rand.Rand, _, i int) float64 {
		if i%120 == 119 {
			return 20000
		}
		return 9000 + rng.Float64()
	})
	if got := evaluateOne(t, budget, steady, rare); got.Verdict != Inconclusive || got.Estimate < 1.1 {
		t.Errorf("%+v", got)
	}
}
