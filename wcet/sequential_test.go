package wcet

import "testing"

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
