package wcet

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestSamplesFor(t *testing.T) {
	for _, c := range []struct {
		p, confidence float64
		want          int
	}{{0.9999, 0.95, 29956}, {0.99, 0.95, 299}, {0.5, 0.95, 5}, {0.999, 0.99, 4603}} {
		if got := samplesFor(c.p, c.confidence); got != c.want {
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
				atMost := binomialAtMost(float64(m), float64(n), q)
				near(t, "at most", atMost, binomialSlow(m, n, q), 1e-10)
				near(t, "at least", binomialAtLeast(float64(m+1), float64(n), q), 1-binomialSlow(m, n, q), 1e-10)
				upper := rateUpper(float64(m), float64(n), 0.95)
				near(t, "upper limit", binomialAtMost(float64(m), float64(n), upper), 0.05, 1e-8)
				lower := rateLower(float64(m+1), float64(n), 0.95)
				near(t, "lower limit", binomialAtLeast(float64(m+1), float64(n), lower), 0.05, 1e-8)
			}
		}
	}
	if rateUpper(5, 5, 0.95) != 1 || rateLower(0, 5, 0.95) != 0 {
		t.Error("limits at the ends")
	}
}

// Independent samples: a 95% limit covers in 95% of all samples, not much more.
func TestOrderStatisticCoverage(t *testing.T) {
	const n, reps, p = 4000, 600, 0.99
	truth := -math.Log(1 - p)
	var upper, lower, inflated int
	for rep := range reps {
		rng := rand.New(rand.NewPCG(1, uint64(rep)))
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.ExpFloat64()
		}
		s := newSample([][]float64{x})
		q := s.limits(p, 0.95, 0.95)
		if !(q.Lower <= q.Estimate && q.Estimate <= q.Upper) {
			t.Fatalf("limits out of order: %+v", q)
		}
		if q.Upper >= truth {
			upper++
		}
		if q.Lower <= truth {
			lower++
		}
		if s.designEffect(p) > 1.6 {
			inflated++
		}
	}
	for _, c := range []struct {
		what  string
		count int
	}{{"upper", upper}, {"lower", lower}} {
		if share := float64(c.count) / reps; share < 0.93 {
			t.Errorf("%s limit covers %.3f, want ≥ .93", c.what, share)
		}
	}
	if inflated > reps/50 {
		t.Errorf("design effect beyond 1.6 in %d of %d independent samples", inflated, reps)
	}
}

func TestLimitsNeedSamples(t *testing.T) {
	draw := func(n int) *sample {
		rng := rand.New(rand.NewPCG(5, uint64(n)))
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.Float64()
		}
		return newSample([][]float64{x})
	}
	if q := draw(20000).limits(0.9999, 0.95, 0.95); !math.IsNaN(q.Upper) {
		t.Errorf("20,000 samples bound p9999: %+v", q)
	}
	if s := draw(40000); s.limits(0.9999, 0.95, 0.95).Upper != s.largest() {
		t.Errorf("40,000 samples do not bound p9999 by their maximum (θ %.3f)", s.thetaLower)
	}
	// Clusters of about five: 5,000 samples are worth 1,000, too few for p999.
	x := make([]float64, 5000)
	armax("", 0.2).draw(rand.New(rand.NewPCG(2, 2)), x)
	if q := newSample([][]float64{x}).limits(0.999, 0.95, 0.95); !math.IsNaN(q.Upper) {
		t.Errorf("5,000 clustered samples bound p999: %+v", q)
	}
	if q := newSample(nil).limits(0.5, 0.95, 0.95); !math.IsNaN(q.Upper) || !math.IsNaN(q.Estimate) {
		t.Errorf("no samples: %+v", q)
	}
}

func TestDesignEffect(t *testing.T) {
	const n = 20000
	rng := rand.New(rand.NewPCG(9, 9))
	x := make([]float64, n)
	drawBursts(rng, x)
	if effect := newSample([][]float64{x}).designEffect(0.99); effect < 3 {
		t.Errorf("bursts of ten: design effect %.2f, want ≥ 3", effect)
	}
	for i := range x {
		x[i] = float64(rng.IntN(3))
	}
	if effect := newSample([][]float64{x}).designEffect(0.99); effect > 2 {
		t.Errorf("three values: design effect %.2f", effect)
	}
	// A third of the samples in one solid block, tied at the top.
	for i := range x {
		x[i] = 1
		if i < n/3 {
			x[i] = 2
		}
	}
	if effect := newSample([][]float64{x}).designEffect(0.99); effect < 100 {
		t.Errorf("one block: design effect %.2f, want ≥ 100", effect)
	}
}

func TestClusterPeaks(t *testing.T) {
	x := []float64{0, 5, 6, 0, 0, 0, 0, 7, 0, 8, 0, 0, 0, 0, 0, 9}
	got := clusterPeaks([][]float64{x, {1, 9, 1}}, 1, 0.5)
	want := []float64{6, 8, 9, 9}
	if len(got) != len(want) {
		t.Fatalf("peaks %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("peaks %v, want %v", got, want)
		}
	}
	if peaks := clusterPeaks([][]float64{x}, 100, 1); peaks != nil {
		t.Errorf("no exceedances: %v", peaks)
	}
}

func TestExtremalIndexOfKnownProcesses(t *testing.T) {
	for _, c := range []struct {
		family family
		want   float64
	}{{families()[0], 1}, {armax("", 0.5), 0.5}, {armax("", 0.2), 0.2}} {
		x := make([]float64, 50000)
		c.family.draw(rand.New(rand.NewPCG(3, 3)), x)
		s := newSample([][]float64{x})
		theta, se, _ := extremalIndex(s.parts, s.quantile(0.99))
		if math.Abs(theta-c.want) > 0.1 || se > 0.1 {
			t.Errorf("%s: θ = %.3f ± %.3f, want %.1f", c.family.name, theta, se, c.want)
		}
		if s.thetaLower > s.theta || s.thetaLower < c.want-0.2 {
			t.Errorf("%s: lower limit %.3f of %.3f", c.family.name, s.thetaLower, s.theta)
		}
	}
}
