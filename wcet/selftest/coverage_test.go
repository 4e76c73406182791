package selftest

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/wcet/evt"
	"github.com/memkit-go/memkit/wcet/internal/family"
)

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

// What a family's figures count, on bounds whose place is known.
func TestCoverageOf(t *testing.T) {
	f := family.Family{Name: "ten", Truth: func(float64) float64 { return 10 }}
	bounds := []evt.Bound{
		{Value: 5, Upper: 10, Supported: true}, {Value: 10, Upper: 20, Supported: true}, {Value: 1, Upper: 5, Supported: true},
		{Value: 5, Upper: 40, Supported: true}, {Value: 50, Upper: 50},
	}
	got := coverageOf(f, bounds, CoverageOptions{Reps: len(bounds), Target: 1e-6})
	if got.Coverage != 0.75 || got.Point != 0.25 || math.Abs(got.Refused-0.2) > 1e-12 || got.RatioMedian != 1.5 {
		t.Errorf("%+v", got)
	}
	text, err := json.Marshal(coverageOf(f, bounds[4:], CoverageOptions{Reps: 1, Target: 1e-6}))
	if err != nil || !strings.Contains(string(text), `"ratio_median":null`) {
		t.Errorf("%s, %v", text, err)
	}
}

// Samples too small for a tail are refused, and another seed draws others.
func TestCoverageOptions(t *testing.T) {
	if _, err := Coverage(t.Context(), CoverageOptions{Reps: 1, N: evt.MinSamples - 1}); err == nil {
		t.Error("too few samples are accepted")
	}
	f := family.Pareto("exponential", 0).Family()
	draw := func(seed uint64) float64 {
		return drawBounds(t.Context(), f, CoverageOptions{Reps: 1, N: 600, Target: 1e-4, Seed: seed}, 0, func() {})[0].Value
	}
	if draw(1) == draw(2) {
		t.Error("two seeds draw the same")
	}
}
