package selftest

import (
	"math/rand/v2"
	"testing"

	"github.com/memkit-go/memkit/wcet"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// At the boundary either verdict is wrong: five looks together pass in at most
// 5% of all runs and fail in at most 1%.
func TestSequentialErrors(t *testing.T) {
	runs := 1000
	if testing.Short() {
		runs = 300
	}
	got, err := boundary(t.Context(), Options{Sequential: runs, Seed: 77}, func() {})
	if err != nil || got.Runs != runs {
		t.Fatalf("%+v, %v", got, err)
	}
	if p := stat.BinomialAtLeast(float64(got.Pass), float64(runs), 0.05); p < 0.01 {
		t.Errorf("%d of %d wrong PASS", got.Pass, runs)
	}
	if p := stat.BinomialAtLeast(float64(got.Fail), float64(runs), 0.01); p < 0.01 {
		t.Errorf("%d of %d wrong FAIL", got.Fail, runs)
	}
	t.Logf("%+v", got)
}

func TestSequentialDecides(t *testing.T) {
	for limit, want := range map[float64]wcet.Verdict{3.2: wcet.Pass, 1.5: wcet.Fail} {
		rng := rand.New(rand.NewPCG(1, 77))
		if got, err := watched(rng, limit*syntheticScale); err != nil || got != want {
			t.Errorf("budget %v: %s, %v", limit, got, err)
		}
	}
}
