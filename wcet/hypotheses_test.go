package wcet

import (
	"math"
	"testing"
)

const statisticTolerance = 1e-8

func TestHypothesesReference(t *testing.T) {
	for _, row := range readTable(t, "iid_tests.csv") {
		if row["file"] == "constant" {
			continue // is refused, not tested
		}
		t.Run(row["file"], func(t *testing.T) {
			ref := func(name string) float64 { return field(t, row, name) }
			x := readSet(t, row["file"])
			check := func(name string, got float64) {
				t.Helper()
				near(t, name, got, ref(name), statisticTolerance*max(1, math.Abs(ref(name))))
			}
			got := map[string]outcome{}
			for _, o := range seriesOutcomes(x) {
				got[o.name] = o
			}
			for name, ref := range map[string]string{"ljung-box": "lb10", "ljung-box-20": "lb20", "runs": "runs_z", "kpss": "kpss_level", "ks-halves": "ks_half_D"} {
				check(ref, got[name].stat)
			}
			check("lb10_p", got["ljung-box"].p)
			check("lb20_p", got["ljung-box-20"].p)
			check("runs_p", got["runs"].p)
			near(t, "kpss_level_p", max(got["kpss"].p, 0.01), ref("kpss_level_p"), 1e-8)
			// The reference truncates the series at 1e-6.
			near(t, "ks_half_p_asym", got["ks-halves"].p, ref("ks_half_p_asym"), 1e-5)
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
