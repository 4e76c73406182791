package wcet

import (
	"math/rand/v2"
	"testing"
)

// At the boundary either verdict is wrong: five looks together pass in at most
// 5% of all runs and fail in at most 1%.
func TestSequentialErrors(t *testing.T) {
	runs := 1000
	if testing.Short() {
		runs = 300
	}
	got, err := boundary(t.Context(), SelfTestOptions{Sequential: runs, Seed: 77}, func() {})
	if err != nil || got.Runs != runs {
		t.Fatalf("%+v, %v", got, err)
	}
	if p := binomialAtLeast(float64(got.Pass), float64(runs), 0.05); p < 0.01 {
		t.Errorf("%d of %d wrong PASS", got.Pass, runs)
	}
	if p := binomialAtLeast(float64(got.Fail), float64(runs), failLevel); p < 0.01 {
		t.Errorf("%d of %d wrong FAIL", got.Fail, runs)
	}
	t.Logf("%+v", got)
}

func TestSequentialDecides(t *testing.T) {
	for limit, want := range map[float64]Verdict{3.2: Pass, 1.5: Fail} {
		rng := rand.New(rand.NewPCG(1, 77))
		if got, err := watched(rng, limit*syntheticScale); err != nil || got != want {
			t.Errorf("budget %v: %s, %v", limit, got, err)
		}
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
