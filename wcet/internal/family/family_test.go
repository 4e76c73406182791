package family

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The families' quantiles are those of what they draw.
func TestFamilies(t *testing.T) {
	const p = 0.02
	all := append(Basic(), Modes(0.01)...)
	for _, kind := range Bases() {
		all = append(all, kind.Family())
		for _, p := range []float64{1e-9, 1e-3, 0.5} {
			if s := kind.Survival(kind.Quantile(p)); math.Abs(s-p) > 1e-6*p {
				t.Errorf("%s: survival of the quantile of %v: %v", kind.Name, p, s)
			}
		}
	}
	for _, f := range all {
		x := make([]float64, 200_000)
		f.Draw(rand.New(rand.NewPCG(1, 1)), x)
		truth, above := f.Truth(p), 0
		for _, v := range x {
			if v > truth {
				above++
			}
		}
		if rate := float64(above) / float64(len(x)); math.Abs(rate-p) > 0.002 {
			t.Errorf("%s: %.4f exceed the quantile of %.2f", f.Name, rate, p)
		}
	}
}

// Bursts are as frequent and as long as they say, and their quantiles those of the
// values drawn.
func TestBursts(t *testing.T) {
	exponential := Pareto("exponential", 0)
	for _, lengths := range AllLengths {
		b := Bursts{exponential, exponential.Moved("×3", 3, 0), 0.05, lengths}
		const p, runs, expected = 0.02, 40, 60
		rng := rand.New(rand.NewPCG(2, 1))
		met, above, x := 0, 0, make([]float64, 20_000)
		for range runs {
			met += b.Draw(rng, x, expected)
			for _, v := range x {
				if v > b.Truth(p) {
					above++
				}
			}
		}
		if mean := float64(met) / runs; math.Abs(mean/expected-1) > 0.06 {
			t.Errorf("%s: %v bursts met, %v expected", lengths, mean, expected)
		}
		if rate := float64(above) / float64(runs*len(x)); math.Abs(rate-p) > 0.0015 {
			t.Errorf("%s: %.4f exceed the quantile of %v", lengths, rate, p)
		}
	}
}
