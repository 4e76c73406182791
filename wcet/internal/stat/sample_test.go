package stat_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/memkit-go/memkit/wcet/internal/family"
	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// Independent samples: a 95% limit covers in 95% of all samples, not much more.
func TestOrderStatisticCoverage(t *testing.T) {
	const n, reps, p = 4000, 600, 0.99
	truth := -math.Log(1 - p)
	var upper, lower, inflated, refused int
	for rep := range reps {
		rng := rand.New(rand.NewPCG(1, uint64(rep)))
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.ExpFloat64()
		}
		s := stat.NewSample([][]float64{x})
		from, to := s.Limits(p, 0.95, 0.95)
		if math.IsNaN(to) {
			// A burst by chance.
			refused++
			upper++
			to = math.Inf(1)
		}
		if estimate := s.Quantile(p); !(from <= estimate && estimate <= to) {
			t.Fatalf("limits out of order: %v, %v, %v", from, estimate, to)
		}
		if to >= truth && !math.IsInf(to, 1) {
			upper++
		}
		if from <= truth {
			lower++
		}
		if s.DesignEffect(p) > 1.6 {
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
	if refused > reps/25 {
		t.Errorf("no upper limit for %d of %d independent samples", refused, reps)
	}
	if inflated > reps/50 {
		t.Errorf("design effect beyond 1.6 in %d of %d independent samples", inflated, reps)
	}
}

func TestLimitsNeedSamples(t *testing.T) {
	draw := func(n int) *stat.Sample {
		rng := rand.New(rand.NewPCG(5, uint64(n)))
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.Float64()
		}
		return stat.NewSample([][]float64{x})
	}
	if _, upper := draw(20000).Limits(0.9999, 0.95, 0.95); !math.IsNaN(upper) {
		t.Errorf("20,000 samples bound p9999: %v", upper)
	}
	// Enough if they were surely independent: what the extremal index may be counts.
	if _, upper := draw(30500).Limits(0.9999, 0.95, 0.95); !math.IsNaN(upper) {
		t.Errorf("30,500 samples bound p9999: %v", upper)
	}
	s := draw(40000)
	if _, upper := s.Limits(0.9999, 0.95, 0.95); upper != s.Largest() {
		t.Errorf("40,000 samples do not bound p9999 by their maximum (θ %.3f)", s.ThetaLower)
	}
	// Clusters of about five: 5,000 samples are worth 1,000, too few for p999.
	x := make([]float64, 5000)
	family.Armax("", 0.2).Draw(rand.New(rand.NewPCG(2, 2)), x)
	if _, upper := stat.NewSample([][]float64{x}).Limits(0.999, 0.95, 0.95); !math.IsNaN(upper) {
		t.Errorf("5,000 clustered samples bound p999: %v", upper)
	}
	// Clusters of two: 4,000 are worth 2,000, where 2,995 independent ones would do.
	x = make([]float64, 4000)
	family.Armax("", 0.5).Draw(rand.New(rand.NewPCG(2, 3)), x)
	if _, upper := stat.NewSample([][]float64{x}).Limits(0.999, 0.95, 0.95); !math.IsNaN(upper) {
		t.Errorf("4,000 clustered samples bound p999 by their maximum: %v", upper)
	}
	none := stat.NewSample(nil)
	if _, upper := none.Limits(0.5, 0.95, 0.95); !math.IsNaN(upper) || !math.IsNaN(none.Quantile(0.5)) {
		t.Errorf("no samples: %v, %v", upper, none.Quantile(0.5))
	}
}

// Few samples have too few exceedances of their 95% quantile to tell how these cluster.
// A lower level tells, or the order of all; independent samples lose little by it.
func TestShortSeriesThatCluster(t *testing.T) {
	const reps = 200
	for _, c := range []struct {
		n, parts    int
		correlation float64
		low, high   int
	}{
		{100, 2, 0.9, 0, reps / 20}, {100, 2, 0, reps * 9 / 10, reps},
		{60, 1, 0.9, 0, reps / 20}, {60, 1, 0.5, 0, reps / 5}, {60, 1, 0, reps * 19 / 20, reps},
		{60, 2, 0.9, 0, reps / 20}, {60, 2, 0, reps * 19 / 20, reps},
	} {
		bounded := 0
		for rep := range reps {
			rng := rand.New(rand.NewPCG(8, uint64(rep)))
			parts := make([][]float64, c.parts)
			v := rng.NormFloat64()
			for i := range c.n {
				v = c.correlation*v + math.Sqrt(1-c.correlation*c.correlation)*rng.NormFloat64()
				parts[i*c.parts/c.n] = append(parts[i*c.parts/c.n], v)
			}
			if _, upper := stat.NewSample(parts).Limits(0.95, 0.95, 0.95); !math.IsNaN(upper) {
				bounded++
			}
		}
		if bounded < c.low || bounded > c.high {
			t.Errorf("%d samples, correlation %v: %d of %d runs have a limit, want %d to %d", c.n, c.correlation, bounded, reps, c.low, c.high)
		}
	}
}

func TestDesignEffect(t *testing.T) {
	const n = 20000
	rng := rand.New(rand.NewPCG(9, 9))
	x := make([]float64, n)
	family.DrawBursts(rng, x)
	if effect := stat.NewSample([][]float64{x}).DesignEffect(0.99); effect < 3 {
		t.Errorf("bursts of ten: design effect %.2f, want ≥ 3", effect)
	}
	for i := range x {
		x[i] = float64(rng.IntN(3))
	}
	if effect := stat.NewSample([][]float64{x}).DesignEffect(0.99); effect > 2 {
		t.Errorf("three values: design effect %.2f", effect)
	}
	// A third of the samples in one solid block, tied at the top.
	for i := range x {
		x[i] = 1
		if i < n/3 {
			x[i] = 2
		}
	}
	if effect := stat.NewSample([][]float64{x}).DesignEffect(0.99); effect < 100 {
		t.Errorf("one block: design effect %.2f, want ≥ 100", effect)
	}
}

// Batches of a short series are too short for long dependence: its autocorrelations show
// it. Beyond the median of normal values of correlation .95, those are 2/π·sin⁻¹(.95ᵏ) and
// the design effect 27.1, of which 500 samples show two thirds.
func TestSerialEffect(t *testing.T) {
	const n, reps = 500, 100
	for _, c := range []struct{ correlation, low, high float64 }{{0.95, 12, 26}, {0, 1, 1.25}} {
		mean := 0.0
		for rep := range reps {
			rng := rand.New(rand.NewPCG(12, uint64(rep)))
			x := make([]float64, n)
			v := rng.NormFloat64()
			for i := range x {
				v = c.correlation*v + math.Sqrt(1-c.correlation*c.correlation)*rng.NormFloat64()
				x[i] = v
			}
			mean += stat.NewSample([][]float64{x[:n/2], nil, x[n/2:]}).DesignEffect(0.5) / reps
		}
		t.Logf("correlation %v: design effect %.2f", c.correlation, mean)
		if mean < c.low || mean > c.high {
			t.Errorf("correlation %v: design effect %.2f, want %v to %v", c.correlation, mean, c.low, c.high)
		}
	}
}

func TestClusterPeaks(t *testing.T) {
	x := []float64{0, 5, 6, 0, 0, 0, 0, 7, 0, 8, 0, 0, 0, 0, 0, 9}
	got := stat.ClusterPeaks([][]float64{x, {1, 9, 1}}, 1, 0.5)
	want := []float64{6, 8, 9, 9}
	if len(got) != len(want) {
		t.Fatalf("peaks %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("peaks %v, want %v", got, want)
		}
	}
	if peaks := stat.ClusterPeaks([][]float64{x}, 100, 1); peaks != nil {
		t.Errorf("no exceedances: %v", peaks)
	}
}

func TestExtremalIndexOfKnownProcesses(t *testing.T) {
	for _, c := range []struct {
		family family.Family
		want   float64
	}{{family.Basic()[0], 1}, {family.Armax("", 0.5), 0.5}, {family.Armax("", 0.2), 0.2}} {
		x := make([]float64, 50000)
		c.family.Draw(rand.New(rand.NewPCG(3, 3)), x)
		s := stat.NewSample([][]float64{x})
		theta, se, _ := stat.ExtremalIndex(s.Parts(), s.Quantile(0.99))
		if math.Abs(theta-c.want) > 0.1 || !(se > 0.001 && se <= 0.1) {
			t.Errorf("%s: θ = %.3f ± %.3f, want %.1f", c.family.Name, theta, se, c.want)
		}
		if s.ThetaLower > s.Theta || s.ThetaLower < c.want-0.2 {
			t.Errorf("%s: lower limit %.3f of %.3f", c.family.Name, s.ThetaLower, s.Theta)
		}
	}
}
