package selftest

import "testing"

// widest are the median widths (upper limit over truth) that a bound at p = 1e-6
// from 2,000 samples may have: coverage alone could be had by infinity.
var widest = map[string]float64{"exponential": 3.0, "gpd+0.1": 4.3, "gpd-0.2": 1.8, "gamma8": 1.8, "lognormal": 2.8}

func TestCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("half a thousand complete estimates")
	}
	result, err := Coverage(t.Context(), CoverageOptions{Reps: 80, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result {
		t.Logf("%+v", f)
		want := 0.93
		if _, independent := widest[f.Name]; !independent {
			want = 0.90
		}
		if f.CI[1] < want {
			t.Errorf("%s: coverage %.3f (%.3f to %.3f), want %.2f", f.Name, f.Coverage, f.CI[0], f.CI[1], want)
		}
		if width, ok := widest[f.Name]; ok && (f.Refused > 0.25 || f.RatioMedian > 1.15*width) {
			t.Errorf("%s: refused %.2f, median width %.2f, want ≤ %.1f", f.Name, f.Refused, f.RatioMedian, width)
		}
	}
}
