package evt

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// TestSeriesTestsAreCorrected: of two series the smaller p-value of a test counts,
// doubled.
func TestSeriesTestsAreCorrected(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	parts := make([][]float64, 2)
	never := func() bool { return false }
	least := map[string]float64{}
	for k := range parts {
		parts[k] = make([]float64, 1000)
		for i := range parts[k] {
			parts[k][i] = rng.ExpFloat64()
		}
		for _, test := range stat.SeriesTests(parts[k], stat.NewOrders(parts[k:k+1]), never) {
			if old, seen := least[test.Name]; !seen || test.P < old {
				least[test.Name] = test.P
			}
		}
	}
	got := testSeries(stat.NewOrders(parts), never)
	if len(got) != len(least) || len(got) < 7 {
		t.Fatalf("%d tests, want %d", len(got), len(least))
	}
	below := 0
	for name, p := range least {
		if got[name].P != min(1, 2*p) {
			t.Errorf("%s: p = %v, want twice %v", name, got[name].P, p)
		}
		if 2*p < 1 {
			below++
		}
	}
	if below == 0 {
		t.Error("all p-values are 1, so this test shows nothing")
	}
}

// TestNestedThresholds: the samples of a higher threshold are among those of a lower
// one, so that their fits may differ by the difference of the variances, not the sum.
func TestNestedThresholds(t *testing.T) {
	candidate := func(n, shape float64) scanned {
		return scanned{
			Candidate: Candidate{Shape: shape}, rate: 0.1,
			fit: &gpdFit{excesses: excesses{n: n}, scale: 1, shape: shape},
		}
	}
	first := candidate(500, 0.1)
	w := first.fit.shapeError() * first.fit.shapeError()
	for deviations, want := range map[float64]bool{2.5: true, 3.5: false} {
		shape := 0.1
		for range 50 { // whose error depends on it
			c := candidate(300, shape)
			shape = 0.1 + deviations*math.Sqrt(c.fit.shapeError()*c.fit.shapeError()-w)
		}
		if got := stable([]scanned{first, candidate(300, shape)}, 0.09); got != want {
			t.Errorf("a shape that moves by %v deviations, to %.3f: stable %v", deviations, shape, got)
		}
	}
}
