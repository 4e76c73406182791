package wcet

import (
	"math"
	"slices"
	"testing"
)

const statisticTolerance = 1e-8

func TestHypothesesReference(t *testing.T) {
	for _, row := range readTable(t, "iid_tests.csv") {
		t.Run(row["file"], func(t *testing.T) {
			if row["file"] == "constant" {
				t.Skip("a constant series is refused, not tested")
			}
			ref := func(name string) float64 { return field(t, row, name) }
			x := readSet(t, row["file"])
			sorted := slices.Sorted(slices.Values(x))
			check := func(name string, got float64) {
				t.Helper()
				near(t, name, got, ref(name), statisticTolerance*max(1, math.Abs(ref(name))))
			}
			stat, p := ljungBox(x, 10)
			check("lb10", stat)
			check("lb10_p", p)
			stat, p = ljungBox(x, 20)
			check("lb20", stat)
			check("lb20_p", p)
			stat, p = runsTest(x, quantile(sorted, 0.5))
			check("runs_z", stat)
			check("runs_p", p)
			stat, p = kpss(x)
			check("kpss_level", stat)
			near(t, "kpss_level_p", max(p, 0.01), ref("kpss_level_p"), 1e-8)
			stat, p = ksHalves(x)
			check("ks_half_D", stat)
			// The reference truncates the series at 1e-6.
			near(t, "ks_half_p_asym", p, ref("ks_half_p_asym"), 1e-5)
		})
	}
}

func TestExtremalIndexReference(t *testing.T) {
	for _, row := range readTable(t, "extremal_index.csv") {
		t.Run(row["file"]+"/"+row["q"], func(t *testing.T) {
			x := readSet(t, row["file"])
			theta, _, intervals := extremalIndex([][]float64{x}, field(t, row, "u"))
			near(t, "theta", theta, field(t, row, "intervals"), statisticTolerance)
			near(t, "exceedances", float64(intervals+1), field(t, row, "nexc"), 0)
		})
	}
}

// Far out a p-value is small, never 0: 0 would say "impossible".
func TestRunsTestKeepsSmallPValues(t *testing.T) {
	x := make([]float64, 400)
	for i := range x {
		x[i] = float64(i)
	}
	if z, p := runsTest(x, 199.5); !(p > 0 && p < 1e-80) {
		t.Errorf("z = %g has p = %g", z, p)
	}
}
