package selftest

import (
	"math/rand/v2"
	"testing"
)

// A few runs of each; the command makes hundreds.
func TestSelfTest(t *testing.T) {
	if testing.Short() {
		t.Skip("draws millions of samples; left out by -short")
	}
	const runs = 3
	live := make([]int64, 5000)
	rng := rand.New(rand.NewPCG(8, 8))
	for i := range live {
		live[i] = 40 + int64(rng.ExpFloat64()*10)
	}
	for name, opt := range map[string]Options{
		"synthetic": {Runs: runs, Seed: 1},
		"live":      {Runs: runs, Seed: 2, Base: live},
	} {
		r, err := SelfTest(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		for fault, d := range r.Detect {
			if d.Caught < d.Runs {
				t.Errorf("%s: %s caught in %d of %d runs", name, fault, d.Caught, d.Runs)
			}
		}
		if r.FalseAlarms.Fails > 0 {
			t.Errorf("%s: %d false alarms in %d runs", name, r.FalseAlarms.Fails, r.FalseAlarms.Runs)
		}
		if len(r.Detect) != len(faults) || r.FalseAlarms.Runs != runs {
			t.Errorf("%+v", r)
		}
	}
	if _, err := SelfTest(t.Context(), Options{Runs: 1, Base: []int64{3, 4}}); err == nil {
		t.Error("two latencies taken for a base")
	}
	live[7] = -5
	if _, err := SelfTest(t.Context(), Options{Runs: 1, Base: live}); err == nil {
		t.Error("a negative latency taken for a base")
	}
}
