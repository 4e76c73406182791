package evt

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/parallel"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// coverage counts bounds of repeated samples.
type coverage struct {
	given, covered, reps int
}

func (c coverage) share() float64 { return float64(c.covered) / float64(max(1, c.given)) }

// cover bounds the value exceeded with probability 1e-6 in samples of f.
func cover(f family.Family, seed uint64, n, reps int) coverage {
	const p = 1e-6
	truth := f.Truth(p)
	bounds := make([]Bound, reps)
	parallel.For(context.Background(), reps, func(rep int) {
		x := make([]float64, n)
		f.Draw(rand.New(rand.NewPCG(seed, uint64(rep))), x)
		if r, err := Fit(x, Options{Target: p}); err == nil {
			bounds[rep] = r.Bound
		}
	})
	c := coverage{reps: reps}
	for _, b := range bounds {
		if b.Supported {
			c.given++
			if b.Upper >= truth {
				c.covered++
			}
		}
	}
	return c
}

// Where a run met a slow mode at least twenty times, the bounds that are given cover
// the truth. The named cases are those on which they did not.
func TestModesAreCovered(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of complete estimates")
	}
	exponential, gamma, normal := family.Pareto("exponential", 0), family.Gamma("gamma8", 8), family.Normal("normal")
	for i, c := range []struct {
		f family.Family
		n int
	}{
		{family.Mixture(exponential, exponential.Moved("×3", 3, 0), 0.002), 20_000},
		{family.Mixture(exponential, exponential.Moved("×3", 3, 0), 0.004), 5000},
		{family.Mixture(gamma, gamma.Moved("moved by 8", 1, 8), 0.1), 2000},
		{family.Mixture(normal, normal.Moved("×3", 3, 0), 0.01), 2000},
		{family.Mixture(gamma, exponential.Moved("exponential ×4 from 10", 4, 10), 0.01), 2000},
	} {
		got := cover(c.f, uint64(1000+i), c.n, 40)
		t.Logf("%s, n %d: %d given, %.3f covered", c.f.Name, c.n, got.given, got.share())
		if given := float64(got.given); stat.RateUpper(float64(got.covered), given, 0.975) < 0.9 {
			t.Errorf("%s, n %d: %d of %d bounds cover", c.f.Name, c.n, got.covered, got.given)
		}
	}
}
