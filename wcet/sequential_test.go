package wcet

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
)

// lookAt runs one sequential judgement of exponential samples in five looks and
// returns the verdict at which it stopped.
func lookAt(t *testing.T, seed uint64, limit float64) Verdict {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 77))
	s := NewSequential([]Budget{quantileBudget("a", 0.9, limit)})
	series := record.Series{Name: "a", Kind: record.Latency, Unit: "ns", Ops: 1}
	verdict := Inconclusive
	for n := 100; n <= 1600; n *= 2 {
		for len(series.Samples) < n {
			series.Samples = append(series.Samples, int64(1e6*rng.ExpFloat64()))
		}
		evaluations, decided, err := s.Look(pops(Population{Name: "a", Unit: "ns", Latency: []record.Series{series}}))
		if err != nil {
			t.Fatal(err)
		}
		verdict = Overall(evaluations)
		if decided {
			break
		}
	}
	return verdict
}

// At the boundary either verdict is wrong: five looks together pass in at most
// 5% of all runs and fail in at most 1%.
func TestSequentialErrors(t *testing.T) {
	runs := 1000
	if testing.Short() {
		runs = 300
	}
	truth := -1e6 * math.Log(0.1)
	counts := map[Verdict]int{}
	for run := range runs {
		counts[lookAt(t, uint64(run), truth)]++
	}
	if p := binomialAtLeast(float64(counts[Pass]), float64(runs), 0.05); p < 0.01 {
		t.Errorf("%d of %d wrong PASS", counts[Pass], runs)
	}
	if p := binomialAtLeast(float64(counts[Fail]), float64(runs), 0.01); p < 0.01 {
		t.Errorf("%d of %d wrong FAIL", counts[Fail], runs)
	}
	t.Logf("%v", counts)
}

func TestSequentialDecides(t *testing.T) {
	if got := lookAt(t, 1, 3.2e6); got != Pass {
		t.Errorf("wide budget: %s", got)
	}
	if got := lookAt(t, 1, 1.5e6); got != Fail {
		t.Errorf("broken budget: %s", got)
	}
}

// What a look decided stands: judged again by the same samples, by the run's last
// look or by its number alone, the verdict is the same.
func TestFinalKeepsWhatALookDecided(t *testing.T) {
	population := pops(drawn("a", 5, 2000, exponential(1000)))
	for limit := 4000.0; limit < 5400; limit += 100 {
		budgets := []Budget{quantileBudget("a", 0.99, limit)}
		s := NewSequential(budgets)
		for range 3 {
			evaluations, decided, err := s.Look(population)
			if err != nil {
				t.Fatal(err)
			}
			if !decided {
				continue
			}
			final, err := s.Final(population)
			again, err2 := EvaluateAt(budgets, population, s.FinalLook())
			if want := Overall(evaluations); err != nil || err2 != nil || Overall(final) != want || Overall(again) != want {
				t.Errorf("budget %g: %s became %s and %s", limit, want, Overall(final), Overall(again))
			}
		}
	}
}

func TestSequentialPostponesTails(t *testing.T) {
	b := Budget{Benchmark: "a", Quantiles: []QuantileLimit{{0.9, 4000}}, Exceedance: &ExceedanceLimit{P: 1e-6, Limit: 40000}}
	s := NewSequential([]Budget{b})
	population := pops(drawn("a", 5, 4000, exponential(1000)))
	evaluations, decided, err := s.Look(population)
	if err != nil || !decided || len(evaluations[0].Checks) != 1 {
		t.Fatalf("%+v, decided %v, %v", evaluations, decided, err)
	}
	final, err := s.Final(population)
	if err != nil || Overall(final) != Pass || len(final[0].Checks) != 2 {
		t.Errorf("%+v, %v", final, err)
	}
}
