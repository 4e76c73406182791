package dist

import (
	"math"
	"math/rand/v2"
	"testing"
)

const relative = 1e-12

func close(t *testing.T, what string, got, want float64) {
	t.Helper()
	if got == want || math.Abs(got-want) <= relative*math.Abs(want) {
		return
	}
	t.Errorf("%s = %.17g, want %.17g", what, got, want)
}

// distribution is the method set both share.
type distribution interface {
	CDF(x float64) float64
	Survival(x float64) float64
	Quantile(p float64) float64
	SurvivalQuantile(s float64) float64
	LogProb(x float64) float64
	NLL(x []float64) float64
}

// checkProperties holds for every distribution.
func checkProperties(t *testing.T, d distribution, shape float64) {
	t.Helper()
	for _, p := range []float64{1e-12, 1e-6, 0.01, 0.3, 0.5, 0.9, 0.999} {
		x := d.Quantile(p)
		if math.Abs(d.CDF(x)-p) > 1e-11*p && math.Abs(d.CDF(x)-p) > 1e-15*math.Abs(x) {
			t.Errorf("%v: CDF(Quantile(%g)) = %.17g", d, p, d.CDF(x))
		}
		x = d.SurvivalQuantile(p)
		// Towards an upper end one ulp of x changes the survival by p^ξ ulps.
		if math.Abs(d.Survival(x)-p) > 1e-13*p*math.Pow(p, math.Min(0, shape)) {
			t.Errorf("%v: Survival(SurvivalQuantile(%g)) = %.17g", d, p, d.Survival(x))
		}
		if sum := d.CDF(x) + d.Survival(x); math.Abs(sum-1) > 1e-15 {
			t.Errorf("%v: CDF+Survival at %g = %.17g", d, x, sum)
		}
	}
	for _, p := range []float64{0.05, 0.4, 0.8, 0.99} {
		x := d.Quantile(p)
		h := 1e-6 * math.Max(1, math.Abs(x))
		slope := (d.CDF(x+h) - d.CDF(x-h)) / (2 * h)
		if density := math.Exp(d.LogProb(x)); math.Abs(slope-density) > 1e-6*density+1e-9 {
			t.Errorf("%v: density at %g is %g, slope of CDF %g", d, x, density, slope)
		}
	}
	x := []float64{d.Quantile(0.2), d.Quantile(0.6)}
	close(t, "NLL", d.NLL(x), -d.LogProb(x[0])-d.LogProb(x[1]))
}

var shapes = []float64{-0.9, -0.5, -0.2, -1e-5, -1e-9, -1e-300, 0, 5e-324, 1e-12, 1e-7, 0.1, 0.5, 1, 2}

func TestProperties(t *testing.T) {
	for _, shape := range shapes {
		checkProperties(t, GPD{Threshold: 3, Scale: 2, Shape: shape}, shape)
		checkProperties(t, GEV{Loc: 3, Scale: 2, Shape: shape}, shape)
	}
}

func TestGPDClosedForms(t *testing.T) {
	for z := 0.001; z < 1e7; z *= 3.7 {
		x := 10 + 2*z
		close(t, "shape 1", GPD{10, 2, 1}.Survival(x), 1/(1+(x-10)/2))
		close(t, "shape .5", GPD{10, 2, 0.5}.Survival(x), 1/((1+(x-10)/4)*(1+(x-10)/4)))
		close(t, "shape 0", GPD{10, 2, 0}.Survival(x), math.Exp(-(x-10)/2))
	}
	for _, s := range []float64{1e-300, 1e-15, 1e-9, 1e-6, 0.1, 0.9} {
		close(t, "exponential", GPD{0, 2, 0}.SurvivalQuantile(s), -2*math.Log(s))
		close(t, "Pareto", GPD{0, 2, 1}.SurvivalQuantile(s), 2*(1-s)/s)
		close(t, "bounded", GPD{0, 2, -1}.SurvivalQuantile(s), 2*(1-s))
		// One ulp of a shape is one ulp of the result.
		close(t, "near 0", GPD{0, 2, 1e-15}.SurvivalQuantile(s), -2*math.Log(s)*(1-1e-15*math.Log(s)/2))
	}
}

func TestGEVClosedForms(t *testing.T) {
	for _, s := range []float64{1e-300, 1e-15, 1e-9, 1e-6, 0.1, 0.9} {
		y := -math.Log1p(-s)
		close(t, "Gumbel", GEV{5, 2, 0}.SurvivalQuantile(s), 5-2*math.Log(y))
		close(t, "Fréchet", GEV{2, 2, 1}.SurvivalQuantile(s), 2/y)
		close(t, "Weibull", GEV{0, 2, -1}.SurvivalQuantile(s), 2*(1-y))
	}
	for x := 40.0; x < 700; x += 33 {
		// So far out the Gumbel survival is e⁻ˣ to all digits.
		close(t, "Gumbel survival", GEV{0, 1, 0}.Survival(x), math.Exp(-x))
	}
}

func TestSupport(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"below threshold", GPD{10, 1, 0.2}.Survival(9), 1},
		{"density below threshold", GPD{10, 1, 0.2}.LogProb(9), -inf},
		{"beyond the upper end", GPD{10, 1, -0.5}.Survival(13), 0},
		{"density beyond the upper end", GPD{10, 1, -0.5}.LogProb(13), -inf},
		{"NLL outside", GPD{10, 1, -0.5}.NLL([]float64{11, 13}), inf},
		{"upper end", GPD{10, 1, -0.5}.SurvivalQuantile(0), 12},
		{"GEV without upper end", GEV{10, 1, 0.1}.Quantile(1), inf},
		{"GEV lower end", GEV{10, 1, 0.5}.Quantile(0), 8},
		{"GEV without lower end", GEV{10, 1, 0}.Quantile(0), -inf},
		{"no upper end", GPD{10, 1, 0}.SurvivalQuantile(0), inf},
		{"GEV below its lower end", GEV{0, 1, 0.5}.CDF(-3), 0},
		{"GEV beyond its upper end", GEV{0, 1, -0.5}.Survival(3), 0},
		{"GEV upper end", GEV{0, 1, -0.5}.Quantile(1), 2},
		{"GEV density outside", GEV{0, 1, -0.5}.LogProb(3), -inf},
		{"GEV NLL outside", GEV{0, 1, 0.5}.NLL([]float64{0, -3}), inf},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	for _, v := range []float64{GPD{0, 0, 0}.CDF(1), GPD{0, -1, 0}.Quantile(0.5), GPD{0, 1, 0}.Quantile(1.5), GEV{0, -1, 0}.CDF(1), GEV{0, 1, 0}.Quantile(-1), GEV{0, math.NaN(), 0}.LogProb(1)} {
		if !math.IsNaN(v) {
			t.Errorf("invalid argument gives %v, want NaN", v)
		}
	}
}

// FuzzRoundTrip attacks the quantile and its inverse with arbitrary parameters.
func FuzzRoundTrip(f *testing.F) {
	f.Add(0.1, 1e-9)
	f.Add(-0.4, 0.999)
	f.Add(0.0, 1e-300)
	f.Fuzz(func(t *testing.T, shape, s float64) {
		if !(math.Abs(shape) < 5) || !(s > 0 && s < 1) {
			t.Skip("a shape that no tail has, or no probability")
		}
		for _, d := range []distribution{GPD{Scale: 1, Shape: shape}, GEV{Scale: 1, Shape: shape}} {
			x := d.SurvivalQuantile(s)
			if math.IsNaN(x) {
				t.Fatalf("%v: SurvivalQuantile(%g) is NaN", d, s)
			}
			if got := d.Survival(x); math.IsNaN(got) || got < 0 || got > 1 {
				t.Fatalf("%v: Survival(%g) = %v", d, x, got)
			}
		}
	})
}

func BenchmarkGPDNLL(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	d := GPD{Scale: 1, Shape: 0.1}
	x := make([]float64, 500)
	for i := range x {
		x[i] = d.SurvivalQuantile(rng.Float64())
	}
	for b.Loop() {
		d.NLL(x)
	}
}
