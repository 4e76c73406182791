package family

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The families' quantiles are those of what they draw.
func TestFamilies(t *testing.T) {
	const p = 0.02
	for _, f := range Basic() {
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
