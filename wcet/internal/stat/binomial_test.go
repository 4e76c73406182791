package stat

import (
	"math"
	"testing"

	"github.com/memkit-go/memkit/wcet/internal/reference"
)

func TestSamplesFor(t *testing.T) {
	for _, c := range []struct {
		p, confidence float64
		want          int
	}{{0.9999, 0.95, 29956}, {0.99, 0.95, 299}, {0.5, 0.95, 5}, {0.999, 0.99, 4603}} {
		if got := SamplesFor(c.p, c.confidence); got != c.want {
			t.Errorf("samplesFor(%g, %g) = %d, want %d", c.p, c.confidence, got, c.want)
		}
	}
}

// binomialSlow sums the terms; the oracle of the incomplete beta function.
func binomialSlow(m, n int, q float64) float64 {
	sum := 0.0
	for k := range m + 1 {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		sum += math.Exp(a - b - c + float64(k)*math.Log(q) + float64(n-k)*math.Log1p(-q))
	}
	return sum
}

func TestBinomial(t *testing.T) {
	for _, n := range []int{1, 7, 50, 400} {
		for _, q := range []float64{0.001, 0.1, 0.5, 0.97} {
			for m := 0; m < n; m += max(1, n/9) {
				atMost := BinomialAtMost(float64(m), float64(n), q)
				reference.Near(t, "at most", atMost, binomialSlow(m, n, q), 1e-10)
				reference.Near(t, "at least", BinomialAtLeast(float64(m+1), float64(n), q), 1-binomialSlow(m, n, q), 1e-10)
				upper := RateUpper(float64(m), float64(n), 0.95)
				reference.Near(t, "upper limit", BinomialAtMost(float64(m), float64(n), upper), 0.05, 1e-8)
				lower := RateLower(float64(m+1), float64(n), 0.95)
				reference.Near(t, "lower limit", BinomialAtLeast(float64(m+1), float64(n), lower), 0.05, 1e-8)
			}
		}
	}
	if RateUpper(5, 5, 0.95) != 1 || RateLower(0, 5, 0.95) != 0 {
		t.Error("limits at the ends")
	}
}
